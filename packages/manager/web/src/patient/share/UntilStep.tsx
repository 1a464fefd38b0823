import { Button, Group, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { share as text } from '../../text/share.ts'
import { Small } from '../../ui/LinkCard.tsx'
import { type UntilName, untilOf } from '../draft.ts'
import { useSnapshot } from '../SessionContext.tsx'

const names: readonly UntilName[] = ['visit', 'month', 'year']

/** Until when: named lengths first, a calendar after them. */
export function UntilStep(props: {
  onChoose: (until: { name: UntilName; date: string }) => void
  onBack: () => void
}): ReactNode {
  const { demo } = useSnapshot()
  const [picking, setPicking] = useState(false)
  const [date, setDate] = useState('')
  const [tried, setTried] = useState(false)
  const offered: readonly UntilName[] = demo ? ['demo', ...names] : names
  return (
    <div className="stack">
      {offered.map((name) => (
        <button
          key={name}
          type="button"
          className="panel"
          onClick={() => props.onChoose({ name, date: '' })}
        >
          <strong>{text.wizard.untilChoices[name]?.[0]}</strong>
          <Small>{text.wizard.untilChoices[name]?.[1]}</Small>
        </button>
      ))}
      {picking ? (
        <form
          className="panel stack"
          onSubmit={(event) => {
            event.preventDefault()
            setTried(true)
            if (untilOf('date', date)) props.onChoose({ name: 'date', date })
          }}
        >
          <TextInput
            type="date"
            label={text.wizard.date}
            value={date}
            onChange={(event) => setDate(event.currentTarget.value)}
            error={tried && !untilOf('date', date) ? text.wizard.dateWrong : undefined}
          />
          <Button type="submit">{text.wizard.next}</Button>
        </form>
      ) : (
        <button type="button" className="panel" onClick={() => setPicking(true)}>
          <strong>{text.wizard.untilDate}</strong>
        </button>
      )}
      <Group>
        <Button variant="default" onClick={props.onBack}>
          {text.wizard.back}
        </Button>
      </Group>
    </div>
  )
}
