import { IconEyeOff } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { activity } from '../../text/activity.ts'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { HappeningList } from '../HappeningList.tsx'
import { useAsked, useSession, useSnapshot } from '../SessionContext.tsx'

/** Who looked, and everything else that happened. */
export default function Activity(): ReactNode {
  const { history } = useSnapshot()
  const [all, setAll] = useState(false)
  return (
    <Page title={activity.title} lead={all ? activity.allAbout : activity.lookedAbout}>
      <div className="stack">
        <LinkCard
          to="/activity/strangers"
          title={activity.strangers}
          mark={
            <span className="mark" aria-hidden>
              <IconEyeOff size={22} />
            </span>
          }
        >
          <Small>{activity.strangersCard}</Small>
        </LinkCard>
        <div className="chips">
          <button type="button" aria-pressed={!all} onClick={() => setAll(false)}>
            {activity.looked}
          </button>
          <button type="button" aria-pressed={all} onClick={() => setAll(true)}>
            {activity.all}
          </button>
        </div>
        {all ? <All /> : <Looked key={history.length} />}
      </div>
    </Page>
  )
}

function All(): ReactNode {
  const { history } = useSnapshot()
  if (history.length === 0) return <Nothing title={activity.nothing} />
  return (
    <section aria-label={activity.all}>
      <h2 className="sr">{activity.all}</h2>
      <HappeningList happenings={history} />
    </section>
  )
}

function Looked(): ReactNode {
  const session = useSession()
  const asked = useAsked('looks', () => session.looks())
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed') return <Tone mood="bad">{asked.reason}</Tone>
  const { entries, missing } = asked.value
  return (
    <section aria-label={activity.looked}>
      <h2 className="sr">{activity.looked}</h2>
      {missing.map((who) => (
        <Tone key={who} mood="wait">
          {activity.missing(who)}
        </Tone>
      ))}
      {entries.length === 0 ? <Nothing title={activity.nobody} /> : null}
      <HappeningList happenings={entries} />
    </section>
  )
}
