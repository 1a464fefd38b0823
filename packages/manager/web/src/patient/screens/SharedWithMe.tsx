import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { share as shareText } from '../../text/share.ts'
import { showMoment } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { Missing, SharedWithMe as Shared, SharedAnswer, WhyNot } from '../model.ts'
import { RecordSets } from '../RecordSets.tsx'
import { useAsked, useSession, useSnapshot } from '../SessionContext.tsx'
import { stillOpen } from '../stillOpen.ts'
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
  const isOver = usePassed(share.until)
  const why = isOver ? 'ended' : whyShut(share.status)
  const [isWanted, setWanted] = useState(why === undefined)
  // Each look stands in the access log: what begins (again) while the page is open waits for the reader's word.
  if (why && isWanted) setWanted(false)
  const name = share.subject.name
  return (
    <Page
      title={text.title(name)}
      lead={why ? undefined : text.lead(name, showMoment(share.until))}
      back={back}
    >
      {why ? <Refused why={why} name={name} /> : null}
      {!why && isWanted ? <Look share={share} /> : null}
      {why || isWanted ? null : (
        <div className="stack">
          <Tone mood="good" live>
            {text.openNow}
          </Tone>
          <Button onClick={() => setWanted(true)}>{text.look}</Button>
        </div>
      )}
    </Page>
  )
}

/** Why the chain says that there is nothing to ask for. */
function whyShut(status: Shared['status']): WhyNot | undefined {
  if (status === 'active') return undefined
  return status === 'waitingForInstitution' ? 'consent' : status
}

function Look(props: { share: Shared }): ReactNode {
  const [turn, setTurn] = useState(0)
  return <Asked key={turn} share={props.share} onAgain={() => setTurn(turn + 1)} />
}

/** Asks once; again when the reader says so. */
function Asked(props: { share: Shared; onAgain: () => void }): ReactNode {
  const { share, onAgain } = props
  const session = useSession()
  const asked = useAsked(share.id, (left) => session.openShared(share, left))
  const again = (
    <Button variant="default" onClick={onAgain}>
      {text.again}
    </Button>
  )
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed')
    return (
      <div className="stack">
        <Tone mood="bad">{asked.reason}</Tone>
        {again}
      </div>
    )
  return <Answer answer={stillOpen(asked.value, share.parts)} share={share} again={again} />
}

function Answer(props: { answer: SharedAnswer; share: Shared; again: ReactNode }): ReactNode {
  const { answer, share, again } = props
  const name = share.subject.name
  if (answer.kind === 'refused')
    return (
      <>
        <Refused why={answer.why} name={name} />
        {again}
      </>
    )
  const { missing, sets } = answer
  const isShut = ({ grant }: Missing): boolean =>
    share.parts.some((part) => part.grant === grant && part.why !== undefined)
  return (
    <div className="stack">
      <Tone mood="good" live>
        {text.checked} {text.every}
      </Tone>
      {missing.map(({ grant, institution, why }) => (
        <Tone key={grant} mood="warn" title={text.missing(institution.name)}>
          {text.refused[why](name)}
        </Tone>
      ))}
      {missing.every(isShut) ? null : again}
      <RecordSets sets={sets} />
    </div>
  )
}

function Refused(props: { why: WhyNot; name: string }): ReactNode {
  const { why, name } = props
  return (
    <div className="stack">
      <Tone mood="bad" title={text.refusedTitles[why]} live>
        {text.refused[why](name)}
      </Tone>
      <p>{text.nothing}</p>
    </div>
  )
}
