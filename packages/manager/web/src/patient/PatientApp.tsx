import { type ReactNode, useEffect, useState } from 'react'
import { entry } from '../text/entry.ts'
import { ErrorScreen } from '../ui/ErrorScreen.tsx'
import { Waiting } from '../ui/Waiting.tsx'
import type { Person, PortalConfig } from './entrance.ts'
import { currentPerson, leave } from './entry/currentPerson.ts'
import { Entry } from './entry/Entry.tsx'
import { keepInvitation } from './entry/invitation.ts'
import { Opening } from './entry/Opening.tsx'
import { portal } from './live/portal.ts'
import type { Session } from './model.ts'
import { Screens } from './Screens.tsx'
import { SessionProvider } from './SessionContext.tsx'
import { useSessionActions } from './useSessionActions.ts'
import { keepers, unlock } from './vault.ts'

/** The patient's app: the way in, then the screens of an open session. */
export default function PatientApp(): ReactNode {
  const [config, setConfig] = useState<PortalConfig>()
  const [person, setPerson] = useState<Person | undefined>()
  const [session, setSession] = useState<Session>()
  const [ready, setReady] = useState(false)
  const actions = useSessionActions(session, () => {
    setSession(undefined)
    setPerson(undefined)
  })

  useEffect(() => {
    keepInvitation()
    const start = async (): Promise<void> => {
      const [heard, back] = await Promise.all([portal.config(), returning()])
      setConfig(heard)
      setPerson(back)
      setReady(true)
    }
    start().catch(() => setReady(true))
  }, [])

  if (!ready) return <Waiting />
  if (!config) return <Waiting label={entry.restore.failed} />
  if (!person) return <Entry config={config} onPerson={setPerson} />
  if (!session)
    return (
      <Opening
        config={config}
        person={person}
        onOpen={setSession}
        onLeave={() => {
          leave()
          setPerson(undefined)
        }}
      />
    )
  return (
    <SessionProvider value={session}>
      <ErrorScreen>
        <Screens person={person} actions={actions} />
      </ErrorScreen>
    </SessionProvider>
  )
}

/** Who was signed in in this tab, if this browser may open her words without asking. */
async function returning(): Promise<Person | undefined> {
  const id = currentPerson()
  const keeper = (await keepers()).find((one) => one.id === id && one.lock === 'device')
  const entropy = keeper && (await unlock(keeper))
  return keeper && entropy && { id: keeper.id, name: keeper.label, entropy }
}
