import { Button, Group, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { useAsked } from '../../patient/SessionContext.tsx'
import { common } from '../../text/common.ts'
import { staff } from '../../text/staff.ts'
import { ColumnHeads } from '../../ui/ColumnHeads.tsx'
import { now, showMoment } from '../../ui/dates.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { newestFirst } from '../../ui/newestFirst.ts'
import { Page } from '../../ui/Page.tsx'
import { Scroll } from '../../ui/Scroll.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type LogLine } from '../api.ts'
import { useLiveCount } from '../live.ts'

const text = staff.log
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const secondsPerDay = 86_400
const secondsOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000
const exportAddress = (
  form: 'log' | 'events',
  { from, to }: { from: string; to: string },
): string => `/api/audit/${form}?from=${secondsOf(from)}&to=${secondsOf(to) + secondsPerDay}`

/** The gatekeeper's log, for IT: who, when, allowed or refused; no health data. */
export default function AccessLog(): ReactNode {
  const live = useLiveCount()
  const [from, setFrom] = useState(day(now() - 7 * secondsPerDay))
  const [to, setTo] = useState(day(now()))
  const [range, setRange] = useState({ from, to })
  const asked = useAsked(`${range.from} ${range.to} ${live}`, () =>
    api.log(secondsOf(range.from), secondsOf(range.to) + secondsPerDay),
  )
  return (
    <Page title={text.title} lead={text.lead}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setRange({ from, to })
        }}
      >
        <Group align="end" mb="md">
          <TextInput
            type="date"
            label={text.from}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label={text.to}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Button type="submit">{text.show}</Button>
        </Group>
      </form>
      <Group mb="md" className="no-print">
        <Button component="a" variant="default" href={exportAddress('log', range)} download>
          {text.proof}
        </Button>
        <Button component="a" variant="default" href={exportAddress('events', range)} download>
          {text.events}
        </Button>
        <LinkButton to="/disclosures" variant="default">
          {text.disclosures}
        </LinkButton>
        <Button component="a" variant="default" href="/audit">
          {text.several}
        </Button>
      </Group>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <Lines lines={asked.value.entries} /> : null}
    </Page>
  )
}

const shownAtFirst = 100
const moods = { allowed: 'good', refused: 'bad', noted: 'info' } as const

function Lines(props: { lines: readonly LogLine[] }): ReactNode {
  const [all, setAll] = useState(false)
  if (props.lines.length === 0) return <Nothing title={text.none} />
  const newest = newestFirst(props.lines)
  return (
    <>
      <LogTable lines={all ? newest : newest.slice(0, shownAtFirst)} />
      {all || newest.length <= shownAtFirst ? null : (
        <Button variant="default" mt="md" onClick={() => setAll(true)}>
          {common.more}
        </Button>
      )}
    </>
  )
}

function LogTable(props: { lines: readonly LogLine[] }): ReactNode {
  return (
    <Scroll label={text.label}>
      <table className="grid">
        <ColumnHeads columns={text.columns} />
        <tbody>
          {props.lines.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a log never change places
            <tr key={at}>
              <td className="day">{showMoment(line.at)}</td>
              <td>{line.who ?? '–'}</td>
              <td>
                <Tag mood={moods[line.outcome]}>{text.outcomes[line.outcome]}</Tag>{' '}
                {line.reason ?? ''}{' '}
                {line.isExplainable ? (
                  <Link href={`/explain?entry=${line.sequence}`}>{text.why}</Link>
                ) : null}
              </td>
              <td>{line.resource ?? text.kinds[line.kind ?? ''] ?? '–'}</td>
              <td>{line.block ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
