import { Button, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../text/common.ts'
import { staff } from '../text/staff.ts'
import { showDay } from '../ui/dates.ts'
import { Tone } from '../ui/Tone.tsx'
import { api, type Match } from './api.ts'
import { Trouble, type TroubleFacts, troubleOf } from './Trouble.tsx'

const text = staff.lookup
type Result = { kind: 'match'; match: Match } | { kind: 'none' }

/** Finds somebody by ID number, a patient here also by the number in our records; `onMatch` hears of the one found. */
export function Lookup(props: {
  patient?: { readonly id: string; readonly birthDate: string }
  onMatch?: (match: Match) => void
}): ReactNode {
  const { patient } = props
  const [type, setType] = useState('national-id')
  const [country, setCountry] = useState('US')
  const [value, setValue] = useState('')
  const [birthDate, setBirthDate] = useState(patient?.birthDate ?? '')
  const [result, setResult] = useState<Result>()
  const [trouble, setTrouble] = useState<TroubleFacts>()
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const isOurs = patient !== undefined && value.trim() === ''
  const missing = (entered: string): string | undefined =>
    tried && !isOurs && entered.trim() === '' ? common.required : undefined
  const find = async (): Promise<void> => {
    setTried(true)
    if (!isOurs && [value, country, birthDate].some((one) => one.trim() === '')) return
    setBusy(true)
    setTrouble(undefined)
    setResult(undefined)
    try {
      const { match } = await api.lookup(
        isOurs ? { localPatient: patient.id } : { type, country, value, birthDate },
      )
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
      noValidate
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
          error={missing(country)}
        />
        <TextInput
          label={text.value}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          autoComplete="off"
          {...(patient ? { description: text.ours } : {})}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          error={missing(value)}
        />
        <TextInput
          label={text.birth}
          type="date"
          value={birthDate}
          onChange={(event) => setBirthDate(event.currentTarget.value)}
          error={missing(birthDate)}
        />
      </SimpleGrid>
      <Button type="submit" loading={busy}>
        {text.go}
      </Button>
      {trouble ? <Trouble trouble={trouble} /> : null}
      {result ? <Found result={result} /> : null}
    </form>
  )
}

function Found({ result }: { result: Result }): ReactNode {
  if (result.kind === 'none')
    return (
      <Tone mood="info" live>
        {text.noMatch}
      </Tone>
    )
  const { verifiedBy, since } = result.match
  return (
    <Tone mood="good" live>
      {text.match(verifiedBy.join(', '), showDay(since))}
    </Tone>
  )
}
