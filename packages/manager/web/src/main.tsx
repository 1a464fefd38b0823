import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app.css'
import './parts.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { theme, variables } from './theme.ts'
import { Waiting } from './ui/Waiting.tsx'

const PatientApp = lazy(() => import('./patient/PatientApp.tsx'))
const StaffApp = lazy(() => import('./staff/StaffApp.tsx'))
const isStaff = /^\/staff(\/|$)/.test(window.location.pathname)

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={2} className="popups" />
      <Suspense fallback={<Waiting />}>{isStaff ? <StaffApp /> : <PatientApp />}</Suspense>
    </MantineProvider>
  </StrictMode>,
)

if (import.meta.env.PROD && 'serviceWorker' in navigator)
  navigator.serviceWorker.register('/sw.js').catch(() => undefined) // the app works without it
