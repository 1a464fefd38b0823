import { Button, Group, Text, Textarea, Title } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { showValue } from '../patient/present.ts'
import { useWish } from '../patient/SessionContext.tsx'
import { common } from '../text/common.ts'
import { staff } from '../text/staff.ts'
import { WishStatus } from '../ui/WishStatus.tsx'
import { api, type Resource, type Rows, type Values } from './api.ts'
import { canonical, ParameterFields } from './ParameterFields.tsx'

const text = staff.patient

/** Corrects an entry or marks it as entered in error; both ask for a reason that the person sees. */
export function ChangeRow(props: {
  id: string
  resource: Resource
  table: Rows
  row: readonly (string | null)[]
  rowKey: Values
  how: 'correct' | 'retract'
  onClose: () => void
}): ReactNode {
  const { id, resource, table, row, how } = props
  const parameters = (how === 'correct' ? resource.update : resource.retract)?.parameters ?? []
  const editable = parameters.filter(({ name }) => name !== 'reason')
  const [values, setValues] = useState<Values>(() => valuesOf(table, row))
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const wish = useWish()
  const [isOnRecord, setOnRecord] = useState(true)
  const save = (): void => {
    setTried(true)
    if (reason.trim() === '' || editable.some((one) => one.required && !values[one.name])) return
    const change = { resource: resource.name, key: props.rowKey, reason: reason.trim() }
    void wish.run(async () => {
      const { pointers } =
        how === 'correct'
          ? await api.correct(id, { ...change, values: canonical(editable, values) })
          : await api.retract(id, change)
      setOnRecord(pointers.length > 0)
      return { state: 'done' }
    })
  }
  return (
    <form
      className="panel stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Title order={4} fz="1rem">
        {how === 'correct' ? text.correctTitle : text.retractTitle}
      </Title>
      <Text c="dimmed">{entryOf(table, row)}</Text>
      {how === 'correct' ? (
        <ParameterFields
          parameters={editable}
          values={values}
          tried={tried}
          onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))}
        />
      ) : (
        <Text>{text.retractAbout}</Text>
      )}
      <Textarea
        label={text.reason}
        description={text.reasonAbout}
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={tried && reason.trim() === '' ? common.required : undefined}
        maxLength={200}
        autosize
      />
      <WishStatus wish={wish} done={isOnRecord ? text.savedPending : text.savedHere} />
      <Group>
        {wish.state === 'done' ? null : (
          <Button type="submit" loading={wish.state === 'working'}>
            {text.save}
          </Button>
        )}
        <Button variant="default" onClick={props.onClose}>
          {wish.state === 'done' ? common.close : text.cancel}
        </Button>
      </Group>
    </form>
  )
}

/** The entry in a line, so that nobody changes another one by mistake. */
function entryOf(table: Rows, row: readonly (string | null)[]): string {
  return table.fields
    .flatMap((field, i) => {
      const value = row[i] ?? null
      return value === null || value === '' ? [] : [showValue({ ...field, bit: i }, value)]
    })
    .join(' · ')
}

/** What stood in the row, by field name; parameters of the same name start with it. */
function valuesOf(table: Rows, row: readonly (string | null)[]): Values {
  return Object.fromEntries(table.fields.map((field, i) => [field.name, row[i] ?? null]))
}
