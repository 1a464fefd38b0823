import { Button, Group, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { activity } from '../../text/activity.ts'
import { staff } from '../../text/staff.ts'
import { ColumnHeads } from '../../ui/ColumnHeads.tsx'
import { now, showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Scroll } from '../../ui/Scroll.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type Disclosure } from '../api.ts'

const text = staff.disclosures
const secondsPerDay = 86_400
/** An individual may ask for six years (45 CFR 164.528(a)). */
const sixYears = 6 * 366 * secondsPerDay
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const secondsOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000

/** What was given to whom, and why, to print or for a spreadsheet. */
export default function Disclosures(): ReactNode {
  const [from, setFrom] = useState(day(now() - sixYears))
  const [to, setTo] = useState(day(now()))
  const [range, setRange] = useState({ from, to })
  const [start, end] = [secondsOf(range.from), secondsOf(range.to) + secondsPerDay]
  const asked = useAsked(`${start} ${end}`, () => api.disclosures(start, end))
  return (
    <Page title={text.title} lead={text.lead} back={{ to: '/log', label: text.back }}>
      <form
        className="no-print"
        onSubmit={(event) => {
          event.preventDefault()
          setRange({ from, to })
        }}
      >
        <Group align="end" mb="md">
          <TextInput
            type="date"
            label={staff.log.from}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label={staff.log.to}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Button type="submit">{staff.log.show}</Button>
          <Button variant="default" onClick={() => window.print()}>
            {text.print}
          </Button>
          <Button
            component="a"
            variant="default"
            href={`/api/audit/disclosures?from=${start}&to=${end}&form=csv`}
            download
          >
            {text.csv}
          </Button>
        </Group>
      </form>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <Lines lines={asked.value.disclosures} /> : null}
    </Page>
  )
}

function whatOf({ what, fields, reading }: Disclosure): string {
  const parts = reading && activity.inParts(reading.rows, reading.parts, reading.of)
  return [[what, fields.join(', ')].join(': '), parts].filter(Boolean).join('. ')
}

function Lines(props: { lines: readonly Disclosure[] }): ReactNode {
  if (props.lines.length === 0) return <Nothing title={text.none} />
  return (
    <Scroll label={text.title}>
      <table className="grid">
        <caption>
          <span className="caption">{text.title}</span>
        </caption>
        <ColumnHeads columns={text.columns} />
        <tbody>
          {props.lines.map((line) => (
            <tr key={line.entry}>
              <td className="day">
                {showMoment(line.at)}
                {line.reading ? ` ${text.until} ${showMoment(line.reading.until)}` : ''}
              </td>
              <td className="mono">{line.patient.slice(0, 18)}</td>
              <td className="long">
                {line.recipient} ({line.recipientTag.slice(0, 10)})
              </td>
              <td className="long">{whatOf(line)}</td>
              <td>{line.purpose || '–'}</td>
              <td className="long">{line.basis}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
