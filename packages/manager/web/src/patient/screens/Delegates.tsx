import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { acting as text } from '../../text/acting.ts'
import { me } from '../../text/me.ts'
import { showDay } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { categoryWords } from '../CategoryTicks.tsx'
import { Confirm } from '../Confirm.tsx'
import { GiveDelegation } from '../GiveDelegation.tsx'
import type { Delegation } from '../model.ts'
import { useSession, useSnapshot } from '../SessionContext.tsx'

const moods = { active: 'good', ended: 'info', stopped: 'info' } as const

/** People who can act for the person: who, what they shared, end it; and a form for one more. */
export default function Delegates(): ReactNode {
  const { delegations } = useSnapshot()
  return (
    <Page title={text.title} lead={text.about} back={{ to: '/me', label: me.title }}>
      {delegations.length === 0 ? <p>{text.none}</p> : null}
      <ul className="plain stack">
        {delegations.map((one) => (
          <li key={one.id} className="panel stack">
            <One delegation={one} />
          </li>
        ))}
      </ul>
      <Section title={text.add}>
        <GiveDelegation />
      </Section>
      <Section title={text.smallTitle}>
        <Tone mood="info">{text.small}</Tone>
      </Section>
    </Page>
  )
}

function One(props: { delegation: Delegation }): ReactNode {
  const session = useSession()
  const { delegation } = props
  const { delegate, institution, categories, until, mayShare, status, shares } = delegation
  const shared = shares.filter(({ isActive }) => isActive).map(({ viewer }) => viewer.name)
  return (
    <>
      <div>
        <strong>{delegate.name}</strong> <Tag mood={moods[status]}>{text.states[status]}</Tag>
      </div>
      <Facts
        facts={[
          [text.what, categoryWords(categories, text.everything)],
          [mayShare ? text.may.share : text.may.read, `${text.until} ${showDay(until)}`],
          [text.where, institution.name],
          ...(shared.length > 0 ? [[text.shared, shared.join(', ')] as const] : []),
        ]}
      />
      <Link href="/activity">
        {text.seeLog}
        <span className="sr">: {delegate.name}</span>
      </Link>
      {status === 'active' ? (
        <Confirm
          button={text.end}
          of={delegate.name}
          ask={text.endAsk(delegate.name)}
          keep={text.endKeep}
          done={text.ended(delegate.name)}
          danger
          act={() => session.endDelegation(delegation)}
        />
      ) : null}
    </>
  )
}
