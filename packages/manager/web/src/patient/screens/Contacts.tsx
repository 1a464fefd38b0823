import { type ReactNode, useState } from 'react'
import { me } from '../../text/me.ts'
import { Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { AddContact } from '../AddContact.tsx'
import { useSnapshot } from '../SessionContext.tsx'

/** People one can share with. */
export default function Contacts(): ReactNode {
  const { contacts } = useSnapshot()
  const [added, setAdded] = useState<string>()
  return (
    <Page title={me.contacts} lead={me.contactsAbout} back={{ to: '/me', label: me.title }}>
      {contacts.length === 0 ? <Nothing /> : null}
      <ul className="plain stack">
        {contacts.map((who) => (
          <li key={who.idTag} className="panel row-link">
            <Mark name={who.name} institution={who.kind === 'institution'} />
            <span>
              <span style={{ fontWeight: 650 }}>{who.name}</span>
              {who.relation ? <Small>{who.relation}</Small> : null}
            </span>
          </li>
        ))}
      </ul>
      <Section title={me.addContact}>
        {added ? (
          <Tone mood="good" live>
            {me.contactAdded(added)}
          </Tone>
        ) : null}
        <AddContact button={me.addContact} onAdded={(who) => setAdded(who.name)} />
      </Section>
    </Page>
  )
}
