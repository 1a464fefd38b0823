import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked, useWish } from '../../patient/SessionContext.tsx'
import { common } from '../../text/common.ts'
import { staff } from '../../text/staff.ts'
import { showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Reason } from '../../ui/Reason.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { api, type Consent } from '../api.ts'
import { useLiveCount } from '../live.ts'

const text = staff.consents

/** Shares that wait for this institution (dual consent). */
export default function Consents(): ReactNode {
  const live = useLiveCount()
  const asked = useAsked(`consents ${live}`, () => api.consents())
  // What was answered here stays until the screen is left, so that its result can be read.
  const [answered, setAnswered] = useState<readonly Consent[]>([])
  const waiting = asked.state === 'ready' ? asked.value.consents : []
  const gone = answered.filter(({ grant }) => !waiting.some((one) => one.grant === grant))
  const shown = [...gone, ...waiting]
  return (
    <Page title={text.title} lead={text.lead}>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' && shown.length === 0 ? <Nothing title={text.none} /> : null}
      <ul className="plain stack">
        {shown.map((one) => (
          <li key={one.grant} className="panel">
            <One consent={one} onAnswered={() => setAnswered((before) => [...before, one])} />
          </li>
        ))}
      </ul>
    </Page>
  )
}

function One(props: { consent: Consent; onAnswered: () => void }): ReactNode {
  const { consent } = props
  const wish = useWish()
  const [asking, setAsking] = useState(false)
  const [agreed, setAgreed] = useState(true)
  const answer = (agree: boolean, reason?: string): void => {
    setAsking(false)
    setAgreed(agree)
    props.onAnswered()
    void wish.run(async () => {
      await api.consent(consent.grant, { consent: agree, ...(reason ? { reason } : {}) })
      return { state: 'done' }
    })
  }
  return (
    <div className="stack">
      <Text fw={650}>{text.line(consent.subject)}</Text>
      <ul>
        {consent.labels.map((label) => (
          <li key={label}>{label}</li>
        ))}
      </ul>
      <Text>{text.viewer(consent.viewer)}</Text>
      <Text c="dimmed">
        {[
          ...consent.purposes.map((bit) => common.purposes[bit]),
          text.until(showMoment(consent.until)),
        ].join(' · ')}
      </Text>
      {asking ? (
        <Reason
          label={text.declineTitle}
          about={text.declineAbout}
          optional
          confirm={text.decline}
          keep={text.declineKeep}
          onKeep={() => setAsking(false)}
          onConfirm={(reason) => answer(false, reason)}
        />
      ) : null}
      {asking || wish.state === 'done' ? null : (
        <Group>
          <Button loading={wish.state === 'working'} onClick={() => answer(true)}>
            {text.agree}
          </Button>
          <Button
            variant="default"
            disabled={wish.state === 'working'}
            onClick={() => setAsking(true)}
          >
            {text.decline}
          </Button>
        </Group>
      )}
      <WishStatus wish={wish} done={agreed ? text.agreed : text.declined} />
    </div>
  )
}
