import { Title } from '@mantine/core'
import type { Comparison } from '@medrec/client'
import { type ProvenAccessLog, type UnprovenAccessLog, unprovenWords } from '@medrec/library'
import type { ReactNode } from 'react'
import { audit as text } from '../text/audit.ts'
import { showMoment } from '../ui/dates.ts'
import { Tone } from '../ui/Tone.tsx'

/** A file as it was opened here, with what was found. */
export type Checked = {
  readonly file: string
  readonly proven: ProvenAccessLog | UnprovenAccessLog
  readonly comparison: Comparison
}

/** Each file that was opened: whether it is whole, of what time, and on which blocks it rests. */
export function CheckedFiles(props: { files: readonly Checked[] }): ReactNode {
  return (
    <section style={{ marginTop: '2rem' }}>
      <Title order={2} mb="sm">
        {text.files}
      </Title>
      <div className="stack">
        {props.files.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: files stay in the order in which they were opened
          <CheckedFile key={i} {...one} />
        ))}
      </div>
    </section>
  )
}

function CheckedFile({ file, proven, comparison }: Checked): ReactNode {
  if (!proven.ok)
    return (
      <Tone mood="bad" title={`${file}: ${text.broken}`} live>
        {unprovenWords[proven.code]} {proven.entry === undefined ? '' : text.atEntry(proven.entry)}{' '}
        {text.leftOut}
      </Tone>
    )
  const { institution, period, start, end, blocks } = proven
  const from = period.from === 0 ? text.sinceStart : showMoment(period.from)
  const mood = comparison.state === 'found' ? 'good' : 'warn'
  return (
    <Tone mood={mood} title={`${file}: ${text.whole}, ${institution.name}`}>
      <p style={{ margin: 0 }}>
        {text.wholeAbout}{' '}
        {text.period(from, showMoment(period.to), text.entries(end.size - start.size))}
      </p>
      <p style={{ margin: 0 }}>{comparedWords(comparison)}</p>
      <details>
        <summary>{text.technical}</summary>
        <ul className="mono" style={{ overflowWrap: 'anywhere' }}>
          {[...new Map(blocks.map((block) => [block.hash, block])).values()].map((block) => (
            <li key={block.hash}>
              {text.block(block.number)}: {block.hash}
            </li>
          ))}
        </ul>
      </details>
    </Tone>
  )
}

function comparedWords(comparison: Comparison): string {
  if (comparison.state === 'found') return text.chain.found(hostOf(comparison.door))
  if (comparison.state === 'behind')
    return text.chain.behind(hostOf(comparison.door), comparison.block)
  return text.chain.unknown
}

function hostOf(door: string): string {
  return new URL(door).host
}
