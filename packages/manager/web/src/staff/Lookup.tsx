import { Button, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { staff } from '../text/staff.ts'
import { showDay } from '../ui/dates.ts'
import { Tone } from '../ui/Tone.tsx'
import { api, type Match } from './api.ts'
import { Trouble, type TroubleFacts, troubleOf } from './Trouble.tsx'

const text = staff.lookup
type Result = { kind: 'match'; match: Match } | { kind: 'none' }

/** Finds somebody by ID number; `onMatch` hears of the one found. */
export function Lookup(props: { birthDate?: string; onMatch?: (match: Match) => void }): ReactNode {
  const [type, setType] = useState('national-id')
  const [country, setCountry] = useState('US')
  const [value, setValue] = useState('')
  const [birthDate, setBirthDate] = useState(props.birthDate ?? '')
  const [result, setResult] = useState<Result>()
  const [trouble, setTrouble] = useState<TroubleFacts>()
  const [busy, setBusy] = useState(false)
  const find = async (): Promise<void> => {
    setBusy(true)
    setTrouble(undefined)
    setResult(undefined)
    try {
      const { match } = await api.lookup({ type, country, value, birthDate })
      setResult(match ? { kind: 'match', match } : { kind: 'none' })
      if (match) props.onMatch?.(match)
    } catch (error) {
      setTrouble(troubleOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        void find()
      }}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NativeSelect
          label={text.type}
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
          data={Object.entries(text.types).map(([name, label]) => ({ value: name, label }))}
        />
        <TextInput
          label={text.country}
          value={country}
          onChange={(event) => setCountry(event.currentTarget.value.toUpperCase())}
          maxLength={2}
        />
        <TextInput
          label={text.value}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          autoComplete="off"
        />
        <TextInput
          label={text.birth}
          type="date"
          value={birthDate}
          onChange={(event) => setBirthDate(event.currentTarget.value)}
        />
      </SimpleGrid>
      <Button type="submit" loading={busy}>
        {text.go}
      </Button>
      {trouble ? <Trouble trouble={trouble} /> : null}
      {result?.kind === 'match' ? (
        <Tone mood="good" live>
          {text.match(result.match.verifiedBy.join(', '), showDay(result.match.since))}
        </Tone>
      ) : null}
      {result?.kind === 'none' ? (
        <Tone mood="info" live>
          {text.noMatch}
        </Tone>
      ) : null}
    </form>
  )
}
