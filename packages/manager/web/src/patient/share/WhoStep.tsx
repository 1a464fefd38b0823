import type { ReactNode } from 'react'
import { share as text } from '../../text/share.ts'
import { Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Section } from '../../ui/Page.tsx'
import { AddContact } from '../AddContact.tsx'
import type { Who } from '../model.ts'
import { useSnapshot } from '../SessionContext.tsx'

/** Chooses who shall see; one tap for a contact. */
export function WhoStep(props: { onChoose: (who: Who) => void }): ReactNode {
  const { contacts } = useSnapshot()
  return (
    <>
      {contacts.length > 0 ? (
        <ul className="plain stack" aria-label={text.wizard.contacts}>
          {contacts.map((who) => (
            <li key={who.idTag}>
              <button
                type="button"
                className="panel row-link"
                style={{ display: 'flex' }}
                onClick={() => props.onChoose(who)}
              >
                <Mark name={who.name} institution={who.kind === 'institution'} />
                <span>
                  <span style={{ fontWeight: 650 }}>{who.name}</span>
                  {who.relation ? <Small>{who.relation}</Small> : null}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <Section title={text.wizard.newPerson}>
        <AddContact button={text.wizard.addPerson} onAdded={props.onChoose} />
      </Section>
    </>
  )
}
