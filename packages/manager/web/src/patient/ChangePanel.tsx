import { Button, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { record } from '../text/record.ts'
import { showMoment } from '../ui/dates.ts'
import { Reason } from '../ui/Reason.tsx'
import { Tone } from '../ui/Tone.tsx'
import { WishStatus } from '../ui/WishStatus.tsx'
import { Changes } from './Changes.tsx'
import type { RecordSet } from './model.ts'
import { useSession, useWish } from './SessionContext.tsx'

const text = record.change

/** What changed since the version the person knew, and her answer to it. */
export function ChangePanel(props: { set: RecordSet }): ReactNode {
  const { set } = props
  const pending = set.state === 'changed' || set.state === 'unexplained'
  if (!pending) return <Answered set={set} />
  return (
    <section className="panel stack" aria-label={text.title}>
      <Title order={2} fz="1.2rem">
        {text.title}
      </Title>
      <Tone mood={set.state === 'unexplained' ? 'warn' : 'info'}>
        {set.state === 'unexplained'
          ? text.unexplained(set.institution.name)
          : text.lead(set.institution.name)}
        {set.current?.reason ? (
          <Text mt={4}>
            {text.reason}: {set.current.reason}
          </Text>
        ) : null}
      </Tone>
      {set.former && set.current ? (
        <>
          <Text c="dimmed">{text.compared(set.former.version, showMoment(set.former.time))}</Text>
          <Changes former={set.former} current={set.current} />
        </>
      ) : null}
      {set.formerMissing ? <Tone mood="warn">{text.noFormer(set.formerMissing)}</Tone> : null}
      <Answer set={set} />
    </section>
  )
}

/** "This is right" or "This is wrong". */
export function Answer(props: { set: RecordSet }): ReactNode {
  const { set } = props
  const session = useSession()
  const wish = useWish()
  const [asking, setAsking] = useState(false)
  const [said, setSaid] = useState<'seen' | 'wrong'>('seen')
  const answer = (kind: 'seen' | 'wrong', reason?: string): void => {
    setSaid(kind)
    setAsking(false)
    void wish.run(() => session.acknowledge(set, kind, reason))
  }
  if (asking)
    return (
      <Reason
        label={text.wrongTitle}
        about={text.wrongAbout}
        confirm={text.wrongConfirm}
        keep={text.wrongKeep}
        onKeep={() => setAsking(false)}
        onConfirm={(reason) => answer('wrong', reason)}
      />
    )
  return (
    <>
      {wish.state === 'done' ? null : (
        <Group>
          <Button loading={wish.state === 'working'} onClick={() => answer('seen')}>
            {text.right}
          </Button>
          <Button
            variant="default"
            disabled={wish.state === 'working'}
            onClick={() => setAsking(true)}
          >
            {text.wrong}
          </Button>
        </Group>
      )}
      <WishStatus wish={wish} done={said === 'seen' ? text.rightDone : text.wrongDone} />
    </>
  )
}

/** What the person answered to the newest version. */
function Answered(props: { set: RecordSet }): ReactNode {
  const { verdict } = props.set
  if (!verdict) return null
  return (
    <Tone mood={verdict.kind === 'seen' ? 'good' : 'warn'}>
      {verdict.kind === 'seen' ? text.saidRight : text.saidWrong(verdict.reason ?? '')}
    </Tone>
  )
}

/** Says that something is wrong in a version that asks for no answer. */
export function ReportWrong(props: { set: RecordSet }): ReactNode {
  const { set } = props
  const session = useSession()
  const wish = useWish()
  const [asking, setAsking] = useState(false)
  if (!set.current || set.state !== 'current') return null
  return (
    <div className="stack" style={{ marginTop: '1.5rem' }}>
      {asking ? (
        <Reason
          label={text.wrongTitle}
          about={text.wrongAbout}
          confirm={text.wrongConfirm}
          keep={text.wrongKeep}
          onKeep={() => setAsking(false)}
          onConfirm={(reason) => {
            setAsking(false)
            void wish.run(() => session.acknowledge(set, 'wrong', reason))
          }}
        />
      ) : (
        <Button variant="default" onClick={() => setAsking(true)}>
          {record.report}
        </Button>
      )}
      <WishStatus wish={wish} done={text.wrongDone} />
    </div>
  )
}
