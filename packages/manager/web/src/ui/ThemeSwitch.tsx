import { Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { common } from '../text/common.ts'

/** Changes between the light and the dark theme; the device's choice holds until then. */
export function ThemeSwitch(): ReactNode {
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light') === 'dark'
  return (
    <Button
      variant="subtle"
      size="sm"
      leftSection={dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      {dark ? common.light : common.dark}
    </Button>
  )
}
