import { type ReactNode, useEffect, useState } from 'react'
import { Router } from 'wouter'
import { ErrorScreen } from '../ui/ErrorScreen.tsx'
import { Waiting } from '../ui/Waiting.tsx'
import { api, type Session } from './api.ts'
import { StaffScreens } from './StaffScreens.tsx'
import { Login } from './screens/Login.tsx'

/** The app of an institution's staff: sign in, then the screens. */
export default function StaffApp(): ReactNode {
  const [session, setSession] = useState<Session>()
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    api.session().then(
      (open) => {
        setSession(open)
        setAsked(true)
      },
      () => setAsked(true), // nobody is signed in
    )
  }, [])
  if (!asked) return <Waiting />
  return (
    <Router base="/staff">
      {session ? (
        <ErrorScreen>
          <StaffScreens
            session={session}
            onEnded={() => setSession(undefined)}
            onSignOut={() => {
              void api.logout().finally(() => setSession(undefined))
            }}
          />
        </ErrorScreen>
      ) : (
        <Login onSession={setSession} />
      )}
    </Router>
  )
}
