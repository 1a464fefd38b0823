import { Button, Textarea, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { share as text } from '../text/share.ts'
import type { Who } from './model.ts'
import { ScanCard } from './ScanCard.tsx'
import { useSession } from './SessionContext.tsx'

/** Saves somebody from a card: pasted text, or a QR code where the browser can read one. */
export function AddContact(props: { button: string; onAdded: (who: Who) => void }): ReactNode {
  const session = useSession()
  const [card, setCard] = useState('')
  const [relation, setRelation] = useState('')
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const add = async (): Promise<void> => {
    setBusy(true)
    setTrouble(undefined)
    try {
      props.onAdded(await session.addContact(card.trim(), relation.trim()))
      setCard('')
      setRelation('')
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <Textarea
        label={text.wizard.card}
        description={text.wizard.cardAbout}
        value={card}
        onChange={(event) => setCard(event.currentTarget.value)}
        error={trouble}
        autosize
        minRows={2}
        autoComplete="off"
        spellCheck={false}
      />
      <ScanCard onCard={setCard} />
      <TextInput
        label={text.wizard.relation}
        value={relation}
        onChange={(event) => setRelation(event.currentTarget.value)}
        maxLength={40}
      />
      <Button type="submit" loading={busy}>
        {props.button}
      </Button>
    </form>
  )
}
