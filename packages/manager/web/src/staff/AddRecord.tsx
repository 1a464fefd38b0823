import { Button, NativeSelect } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useWish } from '../patient/SessionContext.tsx'
import { staff } from '../text/staff.ts'
import { WishStatus } from '../ui/WishStatus.tsx'
import { api, type Resource, type Values } from './api.ts'
import { canonical, ParameterFields } from './ParameterFields.tsx'

const text = staff.patient

/** The form that adds a record, made from the catalogue. */
export function AddRecord(props: { id: string; resources: readonly Resource[] }): ReactNode {
  const writable = props.resources.filter((resource) => resource.insert)
  const [name, setName] = useState('')
  const [values, setValues] = useState<Values>({})
  const [tried, setTried] = useState(false)
  const wish = useWish()
  const [isOnRecord, setOnRecord] = useState(true)
  const resource = writable.find((one) => one.name === name)
  const parameters = resource?.insert?.parameters ?? []
  const save = (): void => {
    setTried(true)
    if (!resource || parameters.some((one) => one.required && !values[one.name])) return
    void wish
      .run(async () => {
        const { pointers } = await api.add(props.id, resource.name, canonical(parameters, values))
        setOnRecord(pointers.length > 0)
        return { state: 'done' }
      })
      .then(({ state }) => {
        if (state !== 'done') return
        setValues({})
        setTried(false)
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
      <NativeSelect
        label={text.kind}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value)
          setValues({})
          setTried(false)
        }}
        data={[
          { value: '', label: text.choose },
          ...writable.map((one) => ({ value: one.name, label: one.label })),
        ]}
      />
      {resource ? (
        <>
          <ParameterFields
            parameters={parameters}
            values={values}
            tried={tried}
            onChange={(key, value) => setValues((before) => ({ ...before, [key]: value }))}
          />
          <Button type="submit" loading={wish.state === 'working'}>
            {text.save}
          </Button>
        </>
      ) : null}
      <WishStatus wish={wish} done={isOnRecord ? text.savedPending : text.savedHere} />
    </form>
  )
}
