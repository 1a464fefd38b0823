import { Button, Group, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { common } from '../../text/common.ts'
import { staff } from '../../text/staff.ts'
import { now, showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type LogLine } from '../api.ts'
import { useLiveCount } from '../live.ts'

const text = staff.log
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const secondsPerDay = 86_400

/** The gatekeeper's log, for IT: who, when, allowed or refused; no health data. */
export default function AccessLog(): ReactNode {
  const live = useLiveCount()
  const [from, setFrom] = useState(day(now() - 7 * secondsPerDay))
  const [to, setTo] = useState(day(now()))
  const [range, setRange] = useState({ from, to })
  const asked = useAsked(`${range.from} ${range.to} ${live}`, () =>
    api.log(
      Date.parse(`${range.from}T00:00:00Z`) / 1000,
      Date.parse(`${range.to}T00:00:00Z`) / 1000 + secondsPerDay,
    ),
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
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <Lines lines={asked.value.entries} /> : null}
    </Page>
  )
}

const shownAtFirst = 100

function Lines(props: { lines: readonly LogLine[] }): ReactNode {
  const [all, setAll] = useState(false)
  if (props.lines.length === 0) return <Nothing title={text.none} />
  const newest = props.lines.toSorted((a, b) => b.at - a.at)
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="scroll" tabIndex={0} aria-label={text.label}>
      <table className="grid">
        <thead>
          <tr>
            {text.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.lines.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a log never change places
            <tr key={at}>
              <td className="day">{showMoment(line.at)}</td>
              <td>{line.who ?? '–'}</td>
              <td>
                <Tag mood={line.outcome === 'allowed' ? 'good' : 'bad'}>
                  {line.outcome === 'allowed' ? text.allowed : text.refused}
                </Tag>{' '}
                {line.reason ?? ''}
              </td>
              <td>{line.resource ?? text.kinds[line.kind ?? ''] ?? '–'}</td>
              <td>{line.block ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
