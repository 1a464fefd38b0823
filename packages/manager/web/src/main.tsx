import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app.css'
import './parts.css'
import './tables.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { lazy, type ReactNode, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { theme, variables } from './theme.ts'
import { Waiting } from './ui/Waiting.tsx'

const PatientApp = lazy(() => import('./patient/PatientApp.tsx'))
const StaffApp = lazy(() => import('./staff/StaffApp.tsx'))
const AuditApp = lazy(() => import('./audit/AuditApp.tsx'))
const isAudit = /^\/audit(\/|$)/.test(window.location.pathname)
const isStaff = /^\/staff(\/|$)/.test(window.location.pathname)

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={2} className="popups" />
      <Suspense fallback={<Waiting />}>{appFor()}</Suspense>
    </MantineProvider>
  </StrictMode>,
)

function appFor(): ReactNode {
  if (isAudit) return <AuditApp />
  return isStaff ? <StaffApp /> : <PatientApp />
}

if (import.meta.env.PROD && 'serviceWorker' in navigator)
  navigator.serviceWorker.register('/sw.js').catch(() => undefined) // the app works without it
