import { Button, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { ScanCard } from '../patient/ScanCard.tsx'
import { useWish } from '../patient/SessionContext.tsx'
import { staff } from '../text/staff.ts'
import { Tone } from '../ui/Tone.tsx'
import { WishStatus } from '../ui/WishStatus.tsx'
import { api } from './api.ts'

const text = staff.lookup

/** The person shows her card at the desk, so that the request goes to her and to nobody else. */
export function ShowCard(props: { localPatient: string; onShown: () => void }): ReactNode {
  const [card, setCard] = useState('')
  const wish = useWish()
  const confirm = async (): Promise<void> => {
    const { state } = await wish.run(async () => {
      await api.card(props.localPatient, parsed(card))
      return { state: 'done' }
    })
    if (state === 'done') props.onShown()
  }
  return (
    <div className="stack">
      <Tone mood="warn">{text.weak}</Tone>
      <Textarea
        label={text.card}
        description={text.cardAbout}
        value={card}
        onChange={(event) => setCard(event.currentTarget.value)}
        autosize
        minRows={2}
        autoComplete="off"
      />
      <ScanCard onCard={setCard} />
      <Button variant="default" loading={wish.state === 'working'} onClick={() => void confirm()}>
        {text.cardGo}
      </Button>
      <WishStatus wish={wish} done={text.cardDone} />
    </div>
  )
}

function parsed(card: string): unknown {
  try {
    return JSON.parse(card)
  } catch (cause) {
    throw new Error(text.cardWrong, { cause })
  }
}
