import { IconBuildingHospital } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** A person's initials, or a house for an institution. */
export function Mark(props: { name: string; institution?: boolean }): ReactNode {
  const initials = props.name
    .replace(/^(Dr|Mrs?|Ms|Prof)\.? /, '')
    .split(/\s+/)
    .map((word) => word[0] ?? '')
  return (
    <span className={props.institution ? 'mark' : 'mark mark-round'} aria-hidden>
      {props.institution ? (
        <IconBuildingHospital size={22} />
      ) : (
        `${initials[0] ?? ''}${initials.length > 1 ? initials.at(-1) : ''}`.toUpperCase()
      )}
    </span>
  )
}
