import { Button, type ButtonProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** A link that looks like a button. */
export function LinkButton(props: ButtonProps & { to: string; children: ReactNode }): ReactNode {
  const { to, ...rest } = props
  return <Button component={Link} href={to} {...rest} />
}
