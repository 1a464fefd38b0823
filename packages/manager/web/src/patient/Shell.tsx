import {
  IconFlask,
  IconHistory,
  IconHome,
  IconNotes,
  IconShare3,
  IconUser,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { common } from '../text/common.ts'
import { Brand } from '../ui/Brand.tsx'
import { ThemeSwitch } from '../ui/ThemeSwitch.tsx'
import { Freshness } from './Freshness.tsx'
import type { Snapshot } from './model.ts'
import { NoticePopups } from './NoticePopups.tsx'
import { useSnapshot } from './SessionContext.tsx'
import { toDoCount } from './toDo.ts'

type Place = { to: string; label: string; icon: typeof IconHome; count?: number; on: RegExp }

function places(snapshot: Snapshot): readonly Place[] {
  return [
    {
      to: '/',
      label: common.nav.home,
      icon: IconHome,
      count: toDoCount(snapshot),
      on: /^\/(notices|requests|institutions|$)/,
    },
    { to: '/record', label: common.nav.record, icon: IconNotes, on: /^\/record/ },
    { to: '/share', label: common.nav.share, icon: IconShare3, on: /^\/shared?(\/|$)/ },
    { to: '/activity', label: common.nav.activity, icon: IconHistory, on: /^\/activity/ },
    { to: '/me', label: common.nav.me, icon: IconUser, on: /^\/(me|acting|emergency)/ },
  ]
}

/** Frame of the app: bar at the bottom on phones, at the side on wide screens. */
export function Shell(props: { children: ReactNode }): ReactNode {
  const snapshot = useSnapshot()
  const [at] = useLocation()
  const list = places(snapshot)
  const research: Place = {
    to: '/research',
    label: common.nav.research,
    icon: IconFlask,
    on: /^\/research/,
  }
  return (
    <>
      <a className="skip" href="#main">
        {common.skip}
      </a>
      {snapshot.demo ? (
        <aside className="ribbon" aria-label={common.demoLabel}>
          <span>{common.demo}</span>
        </aside>
      ) : null}
      <div className="shell">
        <nav className="side" aria-label={common.navigation}>
          <div style={{ padding: '0 .85rem 1rem' }}>
            <Brand />
          </div>
          {[...list, ...(snapshot.me.researcher ? [research] : [])].map((place) => (
            <PlaceLink key={place.to} place={place} here={place.on.test(at)} className="item" />
          ))}
          <div style={{ marginTop: 'auto' }}>
            <ThemeSwitch />
          </div>
        </nav>
        <main id="main" className="shell-main">
          <div className="shell-inner">
            <Freshness />
            {props.children}
          </div>
        </main>
      </div>
      <nav className="bar" aria-label={common.navigation}>
        {list.map((place) => (
          <PlaceLink key={place.to} place={place} here={place.on.test(at)} />
        ))}
      </nav>
      <NoticePopups />
    </>
  )
}

function PlaceLink(props: { place: Place; here: boolean; className?: string }): ReactNode {
  const { icon: Icon, label, to, count } = props.place
  return (
    <Link
      href={to}
      {...(props.className ? { className: props.className } : {})}
      {...(props.here ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon size={24} aria-hidden />
      <span>{label}</span>
      {count ? (
        <span className="dot">
          <span aria-hidden>{count}</span>
          <span className="sr">{common.waitingCount(count)}</span>
        </span>
      ) : null}
    </Link>
  )
}
