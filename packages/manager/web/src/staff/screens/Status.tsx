import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { Page } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type Session } from '../api.ts'
import { useLiveCount } from '../live.ts'
import { StaffFoot } from '../StaffFoot.tsx'
import { statusParts } from '../statusParts.ts'

const text = staff.status

/** How the parts of this node are. */
export default function Status(props: { session: Session; onSignOut: () => void }): ReactNode {
  const live = useLiveCount()
  const asked = useAsked(`status ${live}`, () => api.status())
  return (
    <Page title={text.title} lead={text.lead}>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      <ul className="plain people">
        {asked.state === 'ready'
          ? statusParts(asked.value).map((part) => (
              <li key={part.name} className="panel">
                <Title order={2} fz="1.05rem">
                  {text.parts[part.name] ?? part.name}
                </Title>
                <Tag mood={part.ok ? 'good' : 'bad'}>
                  {part.ok ? (text.good[part.name] ?? text.ok) : text.bad}
                </Tag>
                <div>{part.text}</div>
                {part.ok ? null : <div>{text.toDo[part.name]}</div>}
              </li>
            ))
          : null}
      </ul>
      <div className="phone-only" style={{ marginTop: '2rem' }}>
        <StaffFoot session={props.session} onSignOut={props.onSignOut} />
      </div>
    </Page>
  )
}
