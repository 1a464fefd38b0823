import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { home } from '../../text/home.ts'
import { ago } from '../../ui/dates.ts'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tag } from '../../ui/Tone.tsx'
import { noticeText } from '../notices.ts'
import { useSession, useSnapshot } from '../SessionContext.tsx'

/** Everything the person was told, newest first. */
export default function Notices(): ReactNode {
  const session = useSession()
  const { notices } = useSnapshot()
  const unseen = notices.some(({ seen }) => !seen)
  return (
    <Page
      title={home.notices}
      lead={home.noticesAbout}
      back={{ to: '/', label: common.nav.home }}
      aside={
        unseen ? (
          <Button variant="default" size="sm" onClick={() => void session.markSeen()}>
            {home.markSeen}
          </Button>
        ) : undefined
      }
    >
      {notices.length === 0 ? <Nothing /> : null}
      <ul className="plain stack">
        {notices.map((notice) => (
          <li key={notice.id}>
            <LinkCard
              to={notice.link}
              title={noticeText(notice)}
              mark={<Mark name={notice.who.name} institution={notice.who.kind === 'institution'} />}
            >
              <Small>{ago(notice.at)}</Small>
              {notice.seen ? null : <Tag mood="info">{home.newMark}</Tag>}
            </LinkCard>
          </li>
        ))}
      </ul>
    </Page>
  )
}
