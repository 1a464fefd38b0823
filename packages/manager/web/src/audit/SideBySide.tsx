import { Title } from '@mantine/core'
import type { Audit } from '@medrec/library'
import type { ReactNode } from 'react'
import { audit as text } from '../text/audit.ts'
import { live } from '../text/live.ts'
import { ColumnHeads } from '../ui/ColumnHeads.tsx'
import { showMoment } from '../ui/dates.ts'
import { Facts } from '../ui/Facts.tsx'
import { Scroll } from '../ui/Scroll.tsx'
import { Tone } from '../ui/Tone.tsx'

type Institutions = readonly Audit.Institution[]

/** What happened at each institution, and what its files leave open. */
export function SideBySide({ institutions }: { institutions: Institutions }): ReactNode {
  return (
    <section style={{ marginTop: '2rem' }}>
      <Title order={2} mb="sm">
        {text.institutions}
      </Title>
      <CountTable institutions={institutions} />
      {institutions.map((one) => (
        <Details key={one.idTag} {...one} />
      ))}
    </section>
  )
}

function CountTable({ institutions }: { institutions: Institutions }): ReactNode {
  return (
    <Scroll label={text.institutions}>
      <table className="grid">
        <ColumnHeads columns={text.columns} />
        <tbody>
          {institutions.map(({ idTag, name, counts }) => (
            <tr key={idTag}>
              <th scope="row">{name}</th>
              <td>{counts.reads}</td>
              <td>{counts.lists}</td>
              <td>{counts.refusals}</td>
              <td>{counts.emergencies}</td>
              <td>{counts.exports}</td>
              <td>{counts.others}</td>
              <td>{counts.viewers}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Details({
  idTag,
  name,
  gaps,
  isContradicted,
  counts,
  files,
}: Audit.Institution): ReactNode {
  const told = Object.entries(counts.byReason).map(([code, times]) => [
    live.codes[code] ?? code,
    times,
  ]) as readonly (readonly [string, number])[]
  return (
    <div style={{ marginTop: '1.5rem' }}>
      <Title order={3}>{name}</Title>
      {isContradicted ? <Tone mood="bad">{text.contradicted}</Tone> : null}
      {gaps.map(({ from, to, entries }) => (
        <Tone key={from} mood="warn">
          {text.gap(entries, showMoment(from), showMoment(to))}
        </Tone>
      ))}
      {gaps.length === 0 && files.length > 1 ? <p>{text.noGap}</p> : null}
      <Facts
        facts={[
          [
            text.tag,
            <span key={idTag} className="mono">
              {idTag.slice(0, 18)}
            </span>,
          ],
          [text.purposes, listOf(Object.entries(counts.byPurpose))],
          [text.reasons, listOf(told)],
        ]}
      />
    </div>
  )
}

function listOf(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([what, times]) => `${what}: ${times}`).join(' · ') || text.nothing
}
