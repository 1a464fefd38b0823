import type { ReactNode } from 'react'
import { database as text } from '../../text/database.ts'
import { Scroll } from '../../ui/Scroll.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { Excess } from './api.ts'

/** What the database's account may do beyond its task, with the statements that make the right one. */
export function Rights(props: { excess: readonly Excess[]; role: readonly string[] }): ReactNode {
  const { excess, role } = props
  if (excess.length === 0) return <Tone mood="good">{text.rightsNone}</Tone>
  return (
    <div className="stack">
      <Tone mood="warn" title={text.rights}>
        <ul style={{ margin: 0, paddingLeft: '1.2rem' }}>
          {excess.map(({ kind, what }) => (
            <li key={`${kind} ${what}`}>
              {kind}: {what}
            </li>
          ))}
        </ul>
      </Tone>
      {role.length > 0 ? (
        <>
          <p style={{ marginBottom: 0 }}>{text.rightsLead}</p>
          <Code lines={role} label={text.statement} />
        </>
      ) : null}
    </div>
  )
}

/** Statements or a command, to be copied. */
export function Code(props: { lines: readonly string[]; label: string }): ReactNode {
  return (
    <Scroll label={props.label}>
      <pre className="mono" style={{ margin: 0, padding: '.75rem', overflowWrap: 'normal' }}>
        {props.lines.join('\n')}
      </pre>
    </Scroll>
  )
}
