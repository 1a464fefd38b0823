import { lazy, type ReactNode, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { Waiting } from '../ui/Waiting.tsx'
import type { Person } from './entrance.ts'
import { Shell } from './Shell.tsx'
import { Home } from './screens/Home.tsx'
import type { SessionActions } from './useSessionActions.ts'

const Notices = lazy(() => import('./screens/Notices.tsx'))
const Request = lazy(() => import('./screens/Request.tsx'))
const Institution = lazy(() => import('./screens/Institution.tsx'))
const Timeline = lazy(() => import('./screens/Timeline.tsx'))
const RecordPage = lazy(() => import('./screens/RecordPage.tsx'))
const ItemPage = lazy(() => import('./screens/ItemPage.tsx'))
const Shares = lazy(() => import('./screens/Shares.tsx'))
const ShareWizard = lazy(() => import('./screens/ShareWizard.tsx'))
const ShareDetail = lazy(() => import('./screens/ShareDetail.tsx'))
const SharedWithMe = lazy(() => import('./screens/SharedWithMe.tsx'))
const Activity = lazy(() => import('./screens/Activity.tsx'))
const Strangers = lazy(() => import('./screens/Strangers.tsx'))
const Me = lazy(() => import('./screens/Me.tsx'))
const Words = lazy(() => import('./screens/Words.tsx'))
const Wipe = lazy(() => import('./screens/Wipe.tsx'))
const Contacts = lazy(() => import('./screens/Contacts.tsx'))
const Delegates = lazy(() => import('./screens/Delegates.tsx'))
const ActingFor = lazy(() => import('./screens/ActingFor.tsx'))
const EmergencyProfile = lazy(() => import('./screens/EmergencyProfile.tsx'))
const EmergencyAccess = lazy(() => import('./screens/EmergencyAccess.tsx'))
const Technical = lazy(() => import('./screens/Technical.tsx'))
const Research = lazy(() => import('./screens/Research.tsx'))

/** The screens of somebody who is signed in. */
export function Screens(props: { person: Person; actions: SessionActions }): ReactNode {
  const { person, actions } = props
  return (
    <Shell>
      <Suspense fallback={<Waiting />}>
        <Switch>
          <Route path="/notices" component={Notices} />
          <Route path="/requests/:id">{({ id }) => <Request id={id} />}</Route>
          <Route path="/institutions/:id">{({ id }) => <Institution id={id} />}</Route>
          <Route path="/record" component={Timeline} />
          <Route path="/record/:id">{({ id }) => <RecordPage id={id} />}</Route>
          <Route path="/record/:id/:key">
            {({ id, key }) => <ItemPage id={id} itemKey={decodeURIComponent(key)} />}
          </Route>
          <Route path="/share" component={Shares} />
          <Route path="/share/new" component={ShareWizard} />
          <Route path="/share/:id">{({ id }) => <ShareDetail id={decodeURIComponent(id)} />}</Route>
          <Route path="/shared/:id">
            {({ id }) => <SharedWithMe id={decodeURIComponent(id)} />}
          </Route>
          <Route path="/activity" component={Activity} />
          <Route path="/activity/strangers" component={Strangers} />
          <Route path="/me">
            <Me actions={actions} />
          </Route>
          <Route path="/me/words">
            <Words person={person} />
          </Route>
          <Route path="/me/wipe">
            <Wipe actions={actions} />
          </Route>
          <Route path="/me/contacts" component={Contacts} />
          <Route path="/me/delegates" component={Delegates} />
          <Route path="/me/emergency" component={EmergencyProfile} />
          <Route path="/acting/:id">{({ id }) => <ActingFor id={id} />}</Route>
          <Route path="/emergency" component={EmergencyAccess} />
          <Route path="/me/technical" component={Technical} />
          <Route path="/research" component={Research} />
          <Route component={Home} />
        </Switch>
      </Suspense>
    </Shell>
  )
}
