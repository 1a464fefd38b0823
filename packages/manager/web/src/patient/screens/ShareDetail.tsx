import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { untilOf } from '../draft.ts'
import { HappeningList } from '../HappeningList.tsx'
import type { Share } from '../model.ts'
import { useAsked, useSession, useSnapshot, useWish } from '../SessionContext.tsx'
import { StopShare } from '../share/StopShare.tsx'
import { UntilStep } from '../share/UntilStep.tsx'

/** One share: what, why, until when; stop it, or give it more time. */
export default function ShareDetail(props: { id: string }): ReactNode {
  const { shares } = useSnapshot()
  const share = shares.find(({ id }) => id === props.id)
  const back = { to: '/share', label: text.title }
  if (!share)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  const live = share.status !== 'ended' && share.status !== 'stopped'
  const name = share.viewer.name
  return (
    <Page title={text.detail.title(name)} lead={text.status[share.status]} back={back}>
      <div className="stack">
        {live ? (
          <StopShare share={share} />
        ) : (
          <LinkButton to="/share/new">{text.detail.again}</LinkButton>
        )}
        {share.declined.map(({ institution, reason }) => (
          <Tone key={institution.idTag} mood="warn" title={text.detail.declined(institution.name)}>
            {reason ? text.detail.declinedWhy(reason) : text.detail.declinedSilent}
          </Tone>
        ))}
        <div className="panel">
          <Facts
            facts={[
              [text.detail.why, common.purposes[share.purpose]],
              [text.detail.from, showMoment(share.from)],
              [text.detail.until, showMoment(share.stoppedAt ?? share.until)],
              ...share.parts.map(
                (part) =>
                  [`${part.label} (${part.institution.name})`, part.fields.join(', ')] as const,
              ),
            ]}
          />
        </div>
        {live ? <Renew share={share} /> : null}
        <LooksOf share={share} />
      </div>
    </Page>
  )
}

function Renew(props: { share: Share }): ReactNode {
  const session = useSession()
  const wish = useWish()
  const [open, setOpen] = useState(false)
  return (
    <div className="stack">
      {open ? (
        <UntilStep
          onBack={() => setOpen(false)}
          onChoose={({ name, date }) => {
            const until = untilOf(name, date)
            setOpen(false)
            if (until) void wish.run(() => session.renew(props.share, until))
          }}
        />
      ) : (
        <Button variant="default" onClick={() => setOpen(true)}>
          {text.detail.renew}
        </Button>
      )}
      <WishStatus wish={wish} done={text.detail.renewed} />
    </div>
  )
}

function LooksOf(props: { share: Share }): ReactNode {
  const session = useSession()
  const asked = useAsked(props.share.id, () => session.looks())
  if (asked.state !== 'ready') return null
  const mine = asked.value.entries.filter((one) => one.who?.idTag === props.share.viewer.idTag)
  return (
    <Section title={text.detail.looks}>
      {mine.length === 0 ? (
        <Nothing title={text.detail.noLooks} />
      ) : (
        <HappeningList happenings={mine} />
      )}
    </Section>
  )
}
