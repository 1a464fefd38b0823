import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'

/** Asks for two of the twelve words, so that they are on paper before they are needed. */
export function VerifyWords(props: { words: string; onRight: () => void }): ReactNode {
  const [places] = useState(() => twoPlaces())
  const [typed, setTyped] = useState<readonly string[]>(['', ''])
  const [tried, setTried] = useState(false)
  const words = props.words.split(' ')
  const isRight = (i: number): boolean =>
    typed[i]?.trim().toLowerCase() === words[places[i] as number]
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (isRight(0) && isRight(1)) props.onRight()
      }}
    >
      {places.map((place, i) => (
        <TextInput
          key={place}
          label={entry.create.wordNumber(place + 1)}
          value={typed[i] ?? ''}
          onChange={(event) => {
            const value = event.currentTarget.value
            setTyped((before) => before.map((word, at) => (at === i ? value : word)))
          }}
          error={tried && !isRight(i) ? entry.create.wrong : undefined}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
      ))}
      <Button type="submit">{common.next}</Button>
    </form>
  )
}

function twoPlaces(): readonly number[] {
  const [a, b] = crypto.getRandomValues(new Uint8Array(2)) as unknown as [number, number]
  const first = a % 6
  return [first, 6 + (b % 6)]
}
