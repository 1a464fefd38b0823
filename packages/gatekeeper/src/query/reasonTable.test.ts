import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exceptions } from './Refusal.ts'
import { outcomeOf, type Reason, refusals } from './refusals.ts'

const reasons = Object.keys(refusals) as readonly Reason[]

/** The table as docs/errors.md shows it. */
function documented(): string {
  const rows = reasons.map((reason) => {
    const { status, issue, rule, exception, text } = refusals[reason]
    const ground = exception === 'none' ? 'none' : exceptions[exception].section
    return `| \`${reason}\` | ${status} | \`${issue}\` | ${rule} | ${ground} | ${text} |`
  })
  return [
    '| code | HTTP | FHIR issue | rule | exception | words |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

test('docs/errors.md shows exactly the reasons that there are', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toContain(`\n${documented()}\n`)
})

test('docs/errors.md explains every exception that a reason rests on', () => {
  const used = new Set(reasons.map((reason) => refusals[reason].exception))
  const text = readFileSync('docs/errors.md', 'utf8')
  for (const [name, { section, name: title, because }] of Object.entries(exceptions)) {
    expect(used).toContain(name)
    expect(text).toContain(`| ${section} | ${title} | ${because} |`)
  }
})

test.each(reasons)('%s is told as an OperationOutcome (FHIR R4)', (reason) => {
  const outcome = JSON.parse(outcomeOf(reason)) as Record<string, unknown>
  const { issue, text } = refusals[reason]
  expect(outcome).toEqual({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issue, details: { coding: [{ code: reason }], text } }],
    code: reason,
    message: text,
  })
})

test('docs/protocol.md names each reason at its rule, with its status', () => {
  const section = readFileSync('docs/protocol.md', 'utf8').split('### 8.1')[1]?.split('### 8.2')[0]
  for (const reason of reasons) {
    const step = section?.match(new RegExp(`^${refusals[reason].rule}\\. .*$`, 'm'))?.[0]
    const last = reason === 'log-unavailable' ? section : step
    expect(last, reason).toContain(`\`${reason}\``)
  }
})
