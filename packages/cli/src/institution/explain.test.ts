import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../../library/src/network.test-support.ts'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { type Ran, sharedLabs, startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

let town: Town
let desk: TownDesk
let bo: Someone
let relationship: string
let grant: string

const as: Town['as'] = (...args) => town.as(...args)

beforeAll(async () => {
  town = await startTown()
  desk = await startDesk(town)
  ;({ bo, relationship, grant } = await sharedLabs(town))
})

afterAll(async () => {
  await desk.close()
  await town.close()
})

const asked = (...args: readonly string[]): Promise<Ran> =>
  desk.it('explain', '--relationship', relationship, '--viewer', bo.tag, ...args)
const labs = ['--resource', 'labs', '--fields', 'value', '--purpose', 'second-opinion']
const logged = async (): Promise<readonly Record<string, unknown>[]> =>
  (await desk.it('institution', 'log')).json['entries'] as readonly Record<string, unknown>[]

test('a share that allows a request is named, with what its slot says', async () => {
  const { code, json, out } = await asked(...labs)
  expect(code).toBe(0)
  expect(json['outcome']).toMatchObject({
    ...{ decision: 'allow', rule: 0, grant },
    basis: { kind: 'grant', id: grant, says: expect.stringMatching(/^until 20.* in block \d+$/) },
  })
  expect(out).not.toContain('6.10')
})

test.each([
  ['purpose', 5, 'scope', ['--resource', 'labs', '--fields', 'value', '--purpose', 'research']],
  ['field-not-granted', 5 + 1, 'scope', ['--resource', 'labs', '--purpose', 'second-opinion']],
  ['field-unknown', 6, 'record', ['--resource', 'labs', '--fields', 'none', ...labs.slice(4)]],
  ['refused', 2, 'registration', ['--log']],
] as const)('%s: rule %i, by the %s', async (decision, rule, kind, request) => {
  const { json } = await asked(...request)
  expect(json['outcome']).toMatchObject({ decision, rule, basis: { kind } })
})

test('the patient herself is allowed, and a stranger is one', async () => {
  const own = await desk.it(
    'explain',
    '--relationship',
    relationship,
    '--viewer',
    'patient',
    '--list',
  )
  expect(own.json['outcome']).toMatchObject({ decision: 'allow', basis: { kind: 'relationship' } })
  const stranger = `0x${'77'.repeat(32)}`
  const foreign = await desk.it(
    ...['explain', '--relationship', relationship, '--viewer', stranger, '--list'],
  )
  expect(foreign.json['outcome']).toMatchObject({
    ...{ decision: 'refused', rule: 2 },
    basis: { kind: 'registration', id: stranger, says: 'not registered' },
  })
})

test('what was refused is explained at its own block; what was true before stays true there', async () => {
  await as('ada', 'revoke', grant, '--reason', 'done')
  const { participant } = town.gate
  await until(participant, () => participant.chain.view().grant(grant as Hex)?.revoked === true)
  expect(await as('bo', 'query', grant, 'labs', 'value')).toMatchObject({ code: 1 })
  // His own command refuses, since the chain told it already; so the node is asked about now and about then.
  const now = await asked(...labs)
  expect(now.json['outcome']).toMatchObject({
    ...{ decision: 'grant-revoked', rule: 5, status: 403 },
    basis: { kind: 'grant', says: expect.stringMatching(/^revoked/) },
    exception: { section: '171.202(e)' },
  })
  const read = (await logged()).find(({ kind, who }) => kind === 'read' && who !== 'The patient')
  const then = await desk.it('explain', String(read?.['sequence']))
  expect(then.json['outcome']).toMatchObject({ decision: 'allow', grant })
  expect(then.json['at']).toMatchObject({ block: read?.['block'] })
  const first = String(town.net.network.startBlock + 1)
  const before = await asked(...labs, '--block', first)
  expect(before.json['outcome'], before.err).toMatchObject({ decision: 'refused', rule: 2 })
})

test('explaining reads no data and leaves an administrative entry, none of access', async () => {
  const before = await logged()
  await asked(...labs)
  const after = await logged()
  expect(after.length).toBe(before.length + 1)
  expect(after.at(-1)).toMatchObject({ kind: 'explained', who: expect.stringContaining('(it)') })
  const hers = await as('ada', 'query', 'log', relationship)
  expect(hers.out).not.toContain('explained')
})

test('nothing there, a wrong question and another role are refused', async () => {
  const nothing = await asked('--resource', 'nothing')
  expect(nothing).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(nothing.err).toContain('NOTHING_TO_EXPLAIN')
  const noEntry = await desk.it('explain', '999999')
  expect(noEntry.err).toContain('NOTHING_TO_EXPLAIN')
  expect(await desk.it('explain')).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(await asked('--list', '--block', 'x')).toMatchObject({ code: 2 })
  const clinician = await desk.desk('log')
  expect(clinician.err).toContain('ROLE_WRONG')
  const late = await asked('--list', '--block', '999999')
  expect(late.err).toContain('NOTHING_TO_EXPLAIN')
})
