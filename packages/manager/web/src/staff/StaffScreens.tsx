import {
  IconActivity,
  IconChecklist,
  IconDatabase,
  IconHelpCircle,
  IconListDetails,
  IconUrgent,
  IconUsers,
} from '@tabler/icons-react'
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
const Disclosures = lazy(() => import('./screens/Disclosures.tsx'))
const Explain = lazy(() => import('./screens/Explain.tsx'))
const Emergencies = lazy(() => import('./screens/Emergencies.tsx'))
const Database = lazy(() => import('./screens/Database.tsx'))
const DatabaseSetup = lazy(() => import('./screens/DatabaseSetup.tsx'))
const Status = lazy(() => import('./screens/Status.tsx'))

/** Places and the roles that they are for; without roles, everybody's (docs/operations.md). */
const places = [
  {
    to: '/',
    label: staff.nav.people,
    icon: IconUsers,
    on: /^\/(people|$)/,
    roles: ['clinician', 'clerk'],
  },
  {
    to: '/consents',
    label: staff.nav.consents,
    icon: IconChecklist,
    on: /^\/consents/,
    roles: ['clinician'],
  },
  {
    to: '/log',
    label: staff.nav.log,
    icon: IconListDetails,
    on: /^\/(log|disclosures)/,
    roles: ['it', 'auditor'],
  },
  {
    to: '/explain',
    label: staff.nav.explain,
    icon: IconHelpCircle,
    on: /^\/explain/,
    roles: ['it', 'auditor'],
  },
  {
    to: '/emergencies',
    label: staff.nav.emergencies,
    icon: IconUrgent,
    on: /^\/emergencies/,
    roles: ['it', 'auditor'],
  },
  {
    to: '/database',
    label: staff.nav.database,
    icon: IconDatabase,
    on: /^\/database/,
    roles: ['it'],
  },
  { to: '/status', label: staff.nav.status, icon: IconActivity, on: /^\/status/, roles: undefined },
] as const

function placesFor(role: string): readonly (typeof places)[number][] {
  return places.filter(({ roles }) => roles === undefined || roles.some((one) => one === role))
}

/** Frame and routes of the staff app. */
export function StaffScreens(props: {
  session: Session
  onSignOut: () => void
  onEnded: () => void
}): ReactNode {
  const live = useLive(props.onEnded)
  const { role } = props.session.staff
  const [cares, consents, oversees, connects] = (
    ['/', '/consents', '/log', '/database'] as const
  ).map((place) => placesFor(role).some(({ to }) => to === place))
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
          <Places role={role} className="item" />
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
                {consents ? <Route path="/consents" component={Consents} /> : null}
                {oversees ? <Route path="/log" component={AccessLog} /> : null}
                {oversees ? <Route path="/emergencies" component={Emergencies} /> : null}
                {oversees ? <Route path="/disclosures" component={Disclosures} /> : null}
                {oversees ? <Route path="/explain" component={Explain} /> : null}
                {connects ? <Route path="/database" component={Database} /> : null}
                {connects ? <Route path="/database/setup" component={DatabaseSetup} /> : null}
                <Route path="/status">{status}</Route>
                <Route>{cares ? <People /> : status}</Route>
              </Switch>
            </Suspense>
          </div>
        </main>
      </div>
      <nav className="bar" aria-label={common.navigation}>
        <Places role={role} />
      </nav>
    </LiveContext>
  )
}

function Places(props: { role: string; className?: string }): ReactNode {
  const [at] = useLocation()
  return placesFor(props.role).map(({ to, label, icon: Icon, on }) => (
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
