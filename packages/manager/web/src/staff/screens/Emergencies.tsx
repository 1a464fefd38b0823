import { Button, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked, useWish } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { Choice } from '../../ui/Choice.tsx'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { api, type Emergency, type ExaminedEmergency } from '../api.ts'
import { useLiveCount } from '../live.ts'

const text = staff.emergencies
type Outcome = keyof typeof text.outcomes

/** Emergency accesses, those that nobody reviewed first. */
export default function Emergencies(): ReactNode {
  const live = useLiveCount()
  const [kept, setKept] = useState(0)
  const asked = useAsked(`emergencies ${live} ${kept}`, () => api.emergencies())
  if (asked.state === 'loading') return <Frame>{<Waiting />}</Frame>
  if (asked.state === 'failed')
    return (
      <Frame>
        <Tone mood="bad">{asked.reason}</Tone>
      </Frame>
    )
  const { emergencies } = asked.value
  const open = emergencies.filter(({ review }) => !review).length
  return (
    <Frame>
      {emergencies.length === 0 ? <Nothing title={text.none} /> : null}
      {open > 0 ? <Tone mood="warn">{text.open(open)}</Tone> : null}
      <ul className="plain stack" style={{ marginTop: '1rem' }}>
        {emergencies.map((one) => (
          <li key={one.id} className="panel stack">
            <One emergency={one} onKept={() => setKept(kept + 1)} />
          </li>
        ))}
      </ul>
    </Frame>
  )
}

function Frame(props: { children: ReactNode }): ReactNode {
  return (
    <Page title={text.title} lead={text.lead}>
      {props.children}
    </Page>
  )
}

function One(props: { emergency: Emergency; onKept: () => void }): ReactNode {
  const { emergency } = props
  const { name, opened, expires, registeredBy, isNoted, review } = emergency
  const [examined, setExamined] = useState<ExaminedEmergency>()
  return (
    <>
      <div>
        <strong>{text.by(name)}</strong>{' '}
        {review ? (
          <Tag mood={review.outcome === 'misused' ? 'bad' : 'good'}>
            {text.outcomes[review.outcome]}
          </Tag>
        ) : (
          <Tag mood="wait">{text.waits}</Tag>
        )}
      </div>
      <Facts
        facts={[
          ...(examined
            ? ([
                [text.whose, examined.subject ?? text.unknown],
                [text.why, examined.reason],
              ] as const)
            : []),
          [text.when, `${showMoment(opened)}, ${text.until} ${showMoment(expires)}`],
          ...(registeredBy ? [[text.registered, registeredBy] as const] : []),
        ]}
      />
      <p>{isNoted ? text.told : text.notTold}</p>
      {examined ? null : <Examine id={emergency.id} onTold={setExamined} />}
      {review ? (
        <p>
          {text.reviewed(review.reviewer, showMoment(review.at))} {review.remark}
        </p>
      ) : !examined ? null : (
        <Review emergency={emergency} onKept={props.onKept} />
      )}
    </>
  )
}

/** Whom it was about is told to who asks, and the patient sees who did. */
function Examine(props: {
  id: Emergency['id']
  onTold: (examined: ExaminedEmergency) => void
}): ReactNode {
  const wish = useWish()
  const examine = (): void =>
    void wish.run(async () => {
      props.onTold(await api.examineEmergency(props.id))
      return { state: 'done' }
    })
  return (
    <div className="stack">
      <Button variant="default" onClick={examine} disabled={wish.state === 'working'}>
        {text.examine}
      </Button>
      <small>{text.examined}</small>
      <WishStatus wish={wish} done="" />
    </div>
  )
}

function Review(props: { emergency: Emergency; onKept: () => void }): ReactNode {
  const wish = useWish()
  const [outcome, setOutcome] = useState<Outcome>()
  const [remark, setRemark] = useState('')
  const keep = (chosen: Outcome): void => {
    void wish.run(async () => {
      await api.reviewEmergency(props.emergency.id, { outcome: chosen, remark })
      props.onKept()
      return { state: 'done' }
    })
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (outcome) keep(outcome)
      }}
    >
      <Choice
        legend={text.review}
        options={(Object.keys(text.outcomes) as Outcome[]).map((value) => ({
          value,
          label: text.outcomes[value],
        }))}
        value={outcome}
        onChange={setOutcome}
      />
      <Textarea
        label={text.remark}
        value={remark}
        onChange={(event) => setRemark(event.currentTarget.value)}
        maxLength={500}
        autosize
        minRows={2}
      />
      <Button type="submit" disabled={outcome === undefined || wish.state === 'working'}>
        {text.save}
      </Button>
      <WishStatus wish={wish} done={text.saved} />
    </form>
  )
}
