import { Button, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { acting, emergency as text } from '../../text/acting.ts'
import { me } from '../../text/me.ts'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import { CategoryTicks, categoryWords } from '../CategoryTicks.tsx'
import type { Relationship } from '../model.ts'
import { useSession, useSnapshot, useWish } from '../SessionContext.tsx'

/** What may be read of the person in an emergency, and who did. */
export default function EmergencyProfile(): ReactNode {
  const { relationships, emergencies } = useSnapshot()
  const open = relationships.filter(({ status }) => status === 'accepted')
  return (
    <Page title={text.mine} lead={text.mineLead} back={{ to: '/me', label: me.title }}>
      <Section title={text.opened}>
        {emergencies.length === 0 ? <Text c="dimmed">{text.nobody}</Text> : null}
        <ul className="plain stack">
          {emergencies.map((one) => (
            <li key={one.id} className="panel stack">
              <strong>{text.by(one.name, one.institution.name)}</strong>
              <Facts
                facts={[
                  [text.why, one.reason],
                  [showMoment(one.at), `${acting.until} ${showMoment(one.until)}`],
                ]}
              />
            </li>
          ))}
        </ul>
      </Section>
      {open.map((relationship) => (
        <Section key={relationship.id} title={text.left(relationship.institution.name)}>
          <Left key={relationship.emergency.join()} relationship={relationship} />
        </Section>
      ))}
    </Page>
  )
}

function Left(props: { relationship: Relationship }): ReactNode {
  const { id, emergency, institution } = props.relationship
  const session = useSession()
  const wish = useWish()
  const [chosen, setChosen] = useState(emergency)
  const isSame = chosen.toSorted().join() === emergency.toSorted().join()
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        void wish.run(() => session.setEmergency(id, chosen))
      }}
    >
      <Text>{emergency.length === 0 ? text.nothing : `${categoryWords(emergency, text.all)}`}</Text>
      <details>
        <summary>
          {text.change}
          <span className="sr">: {institution.name}</span>
        </summary>
        <div className="stack" style={{ marginTop: '1rem' }}>
          <CategoryTicks legend={text.may} chosen={chosen} onChange={setChosen} />
          <Button type="submit" disabled={isSame || wish.state === 'working'}>
            {text.save}
          </Button>
        </div>
      </details>
      <WishStatus wish={wish} done={text.saved} />
    </form>
  )
}
