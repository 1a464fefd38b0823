import { IconActivity, IconChecklist, IconListDetails, IconUsers } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { common } from '../text/common.ts'
import { staff } from '../text/staff.ts'
import { Brand } from '../ui/Brand.tsx'
import { Waiting } from '../ui/Waiting.tsx'
import type { Session } from './api.ts'
import { LiveContext } from './live.ts'
import { StaffFoot } from './StaffFoot.tsx'
import { People } from './screens/People.tsx'
import { useLive } from './useLive.ts'

const PersonPage = lazy(() => import('./screens/PersonPage.tsx'))
const Invite = lazy(() => import('./screens/Invite.tsx'))
const Consents = lazy(() => import('./screens/Consents.tsx'))
const AccessLog = lazy(() => import('./screens/AccessLog.tsx'))
const Status = lazy(() => import('./screens/Status.tsx'))

/** Roles that look after people; others look after the node (docs/operations.md). */
const inCare: readonly string[] = ['clinician', 'clerk']

const places = [
  { to: '/', label: staff.nav.people, icon: IconUsers, on: /^\/(people|$)/, care: true },
  {
    to: '/consents',
    label: staff.nav.consents,
    icon: IconChecklist,
    on: /^\/consents/,
    care: true,
  },
  { to: '/log', label: staff.nav.log, icon: IconListDetails, on: /^\/log/, care: false },
  { to: '/status', label: staff.nav.status, icon: IconActivity, on: /^\/status/, care: false },
]

/** Frame and routes of the staff app. */
export function StaffScreens(props: { session: Session; onSignOut: () => void }): ReactNode {
  const live = useLive()
  const cares = inCare.includes(props.session.staff.role)
  const status = <Status session={props.session} onSignOut={props.onSignOut} />
  return (
    <LiveContext value={live}>
      <a className="skip" href="#main">
        {common.skip}
      </a>
      <div className="shell shell-wide">
        <nav className="side" aria-label={common.navigation}>
          <div style={{ padding: '0 .85rem 1rem' }}>
            <Brand name={props.session.institution.name} />
          </div>
          <Places cares={cares} className="item" />
          <StaffFoot session={props.session} onSignOut={props.onSignOut} />
        </nav>
        <main id="main" className="shell-main">
          <div className="shell-inner">
            <Suspense fallback={<Waiting />}>
              <Switch>
                <Route path="/people/:id">
                  {({ id }) => <PersonPage id={decodeURIComponent(id)} />}
                </Route>
                <Route path="/people/:id/invitation">
                  {({ id }) => <Invite id={decodeURIComponent(id)} />}
                </Route>
                <Route path="/consents" component={Consents} />
                <Route path="/log" component={AccessLog} />
                <Route path="/status">{status}</Route>
                <Route>{cares ? <People /> : status}</Route>
              </Switch>
            </Suspense>
          </div>
        </main>
      </div>
      <nav className="bar" aria-label={common.navigation}>
        <Places cares={cares} />
      </nav>
    </LiveContext>
  )
}

function Places(props: { cares: boolean; className?: string }): ReactNode {
  const [at] = useLocation()
  const shown = places.filter(({ care }) => props.cares || !care)
  return shown.map(({ to, label, icon: Icon, on }) => (
    <Link
      key={to}
      href={to}
      {...(props.className ? { className: props.className } : {})}
      {...(on.test(at) ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon size={24} aria-hidden />
      <span>{label}</span>
    </Link>
  ))
}
