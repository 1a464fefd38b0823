import { Button, NativeSelect } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { acting as text } from '../../text/acting.ts'
import { common } from '../../text/common.ts'
import { me } from '../../text/me.ts'
import { share as shareText } from '../../text/share.ts'
import { showDay } from '../../ui/dates.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { Confirm } from '../Confirm.tsx'
import { untilOf } from '../draft.ts'
import type { Delegation, RecordSet } from '../model.ts'
import { RecordSets } from '../RecordSets.tsx'
import { useAsked, useSession, useSnapshot, useWish } from '../SessionContext.tsx'

/** The record of somebody the person acts for: whose it is stands above everything. */
export default function ActingFor(props: { id: string }): ReactNode {
  const { actingFor } = useSnapshot()
  const delegation = actingFor.find(({ id }) => id === props.id)
  const back = { to: '/me', label: me.title }
  if (!delegation)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  const whose = delegation.subject.name
  return (
    <Page title={text.iActFor(whose)} back={back}>
      {delegation.status === 'active' ? (
        <Active delegation={delegation} />
      ) : (
        <Tone mood="bad" live>
          {text.openedEnded(whose)}
        </Tone>
      )}
    </Page>
  )
}

function Active(props: { delegation: Delegation }): ReactNode {
  const { delegation } = props
  const { me: own } = useSnapshot()
  const session = useSession()
  const whose = delegation.subject.name
  const asked = useAsked(`acting ${delegation.id} ${delegation.status}`, (left) =>
    session.openFor(delegation, left),
  )
  return (
    <div className="stack">
      <div className="acting" role="note">
        <Tone mood="warn" title={text.banner(whose)}>
          {text.bannerAbout(own.name, whose)} {showDay(delegation.until)}.
        </Tone>
      </div>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' && asked.value.kind === 'refused' ? (
        <Tone mood="bad" title={shareText.shared.refusedTitles[asked.value.why]} live>
          {shareText.shared.refused[asked.value.why](whose)}
        </Tone>
      ) : null}
      {asked.state === 'ready' && asked.value.kind === 'records' ? (
        <Records delegation={delegation} sets={asked.value.sets} />
      ) : null}
    </div>
  )
}

function Records(props: { delegation: Delegation; sets: readonly RecordSet[] }): ReactNode {
  const { delegation, sets } = props
  return (
    <>
      <RecordSets sets={sets} />
      {delegation.mayShare ? <Sharing delegation={delegation} sets={sets} /> : null}
    </>
  )
}

function Sharing(props: { delegation: Delegation; sets: readonly RecordSet[] }): ReactNode {
  const { delegation, sets } = props
  const session = useSession()
  const { contacts } = useSnapshot()
  const wish = useWish()
  const [who, setWho] = useState('')
  const [what, setWhat] = useState('')
  const viewers = contacts.filter(({ idTag }) => idTag !== delegation.subject.idTag)
  const viewer = viewers.find(({ idTag }) => idTag === who) ?? viewers[0]
  const set = sets.find(({ id }) => id === what) ?? sets[0]
  const go = (event: FormEvent): void => {
    event.preventDefault()
    const until = untilOf('month', '')
    if (viewer && set && until)
      void wish.run(() => session.shareFor(delegation, set, viewer, until))
  }
  return (
    <Section title={text.share(delegation.subject.name)}>
      <ul className="plain stack">
        {delegation.shares
          .filter(({ isActive }) => isActive)
          .map((one) => (
            <li key={one.grant} className="panel stack">
              <div>
                {one.viewer.name}, {text.until.toLowerCase()} {showDay(one.until)}
              </div>
              <Confirm
                button={text.stop}
                of={one.viewer.name}
                ask={text.stopAsk}
                keep={common.keep}
                done={text.stopped}
                danger
                act={() => session.stopFor(one.grant)}
              />
            </li>
          ))}
      </ul>
      {viewers.length === 0 ? (
        <p>{text.noContacts}</p>
      ) : (
        <form className="panel stack" onSubmit={go}>
          <NativeSelect
            label={text.shareWith}
            value={viewer?.idTag ?? ''}
            onChange={(event) => setWho(event.currentTarget.value)}
            data={viewers.map(({ idTag, name }) => ({ value: idTag, label: name }))}
          />
          <NativeSelect
            label={text.shareWhat}
            value={set?.id ?? ''}
            onChange={(event) => setWhat(event.currentTarget.value)}
            data={sets.map(({ id, label }) => ({ value: id, label }))}
          />
          <Button type="submit" disabled={wish.state === 'working'}>
            {text.shareGo}
          </Button>
          <WishStatus wish={wish} done={text.shareDone} />
        </form>
      )}
    </Section>
  )
}
