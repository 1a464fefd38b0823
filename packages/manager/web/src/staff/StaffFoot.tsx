import { Button, Text } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { staff } from '../text/staff.ts'
import { ThemeSwitch } from '../ui/ThemeSwitch.tsx'
import type { Session } from './api.ts'

/** Who is signed in, and the way out. */
export function StaffFoot(props: { session: Session; onSignOut: () => void }): ReactNode {
  const { name, role } = props.session.staff
  return (
    <div className="stack" style={{ marginTop: 'auto', padding: '0 .5rem' }}>
      <Text fz="sm">{staff.login.as(name, role)}</Text>
      <ThemeSwitch />
      <Button
        variant="default"
        size="sm"
        leftSection={<IconLogout size={18} aria-hidden />}
        onClick={props.onSignOut}
      >
        {staff.login.out}
      </Button>
    </div>
  )
}
