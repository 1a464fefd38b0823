import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { share as shareText } from '../../text/share.ts'
import { showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { SharedWithMe as Shared, SharedAnswer } from '../model.ts'
import { RecordSets } from '../RecordSets.tsx'
import { useAsked, useSession, useSnapshot } from '../SessionContext.tsx'
import { usePassed } from '../usePassed.ts'

const text = shareText.shared

/** Somebody else's record: exactly the fields that were ticked, or why not. */
export default function SharedWithMe(props: { id: string }): ReactNode {
  const { sharedWithMe } = useSnapshot()
  const share = sharedWithMe.find(({ id }) => id === props.id)
  const back = { to: '/share', label: shareText.title }
  if (!share)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  return <Opened share={share} back={back} />
}

function Opened(props: { share: Shared; back: { to: string; label: string } }): ReactNode {
  const { share, back } = props
  const session = useSession()
  const ended = usePassed(share.until)
  // asked anew whenever the share changes or its time is over, so that nothing stays on the screen
  const key = `${share.id} ${share.sign} ${ended}`
  const asked = useAsked(key, () => session.openShared(share))
  const name = share.subject.name
  const gone = ended || ['stopped', 'ended', 'declined'].includes(share.status)
  const answer: SharedAnswer | undefined = gone
    ? { kind: 'refused', why: whyGone(share.status) }
    : asked.state === 'ready'
      ? asked.value
      : undefined
  return (
    <Page
      title={text.title(name)}
      lead={gone ? undefined : text.lead(name, showMoment(share.until))}
      back={back}
    >
      {asked.state === 'failed' && !gone ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {!answer && asked.state === 'loading' ? <Waiting /> : null}
      {answer ? <Answer answer={answer} name={name} /> : null}
    </Page>
  )
}

function whyGone(status: Shared['status']): 'stopped' | 'declined' | 'ended' {
  return status === 'stopped' || status === 'declined' ? status : 'ended'
}

function Answer(props: { answer: SharedAnswer; name: string }): ReactNode {
  const { answer, name } = props
  if (answer.kind === 'refused')
    return (
      <div className="stack">
        <Tone mood="bad" title={text.refusedTitles[answer.why]} live>
          {text.refused[answer.why](name)}
        </Tone>
        <p>{text.nothing}</p>
      </div>
    )
  return (
    <div className="stack">
      <Tone mood="good" live>
        {text.checked} {text.every}
      </Tone>
      {answer.missing.map(({ institution, why }) => (
        <Tone key={institution.idTag} mood="warn" title={text.missing(institution.name)}>
          {text.refused[why](name)}
        </Tone>
      ))}
      <RecordSets sets={answer.sets} />
    </div>
  )
}
