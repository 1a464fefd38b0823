import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { common } from '../text/common.ts'

/** Name and sign; leads home. */
export function Brand(props: { to?: string; name?: string }): ReactNode {
  return (
    <Link href={props.to ?? '/'} className="brand">
      <img src="/icon.svg" width={32} height={32} alt="" />
      <span>{props.name ?? common.app}</span>
    </Link>
  )
}
