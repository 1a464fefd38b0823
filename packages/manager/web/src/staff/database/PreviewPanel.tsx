import { Button, PasswordInput, Title } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { shortText } from '../../patient/RecordTable.tsx'
import { common } from '../../text/common.ts'
import { database } from '../../text/database.ts'
import { RecordGrid } from '../../ui/RecordGrid.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Trouble } from '../Trouble.tsx'
import { databaseApi, type Plan, type Preview } from './api.ts'
import { useTrial } from './useTrial.ts'

const text = database.setup

/** Real records of a few patients, after the password was typed again; they go when they are hidden. */
export function PreviewPanel(props: { plan: Plan }): ReactNode {
  const [password, setPassword] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const { isBusy, trouble, run } = useTrial()
  return (
    <section className="panel stack" aria-label={text.preview}>
      <Title order={3} fz="1.05rem">
        {text.preview}
      </Title>
      {preview ? (
        <>
          {preview.people.map((person) => (
            <Person key={person.id} person={person} />
          ))}
          <Button variant="default" onClick={() => setPreview(undefined)}>
            {text.hide}
          </Button>
        </>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            run(async () => {
              setPreview(await databaseApi.preview(props.plan, password))
              setPassword('')
            })
          }}
        >
          <Tone mood="warn">{text.previewLead}</Tone>
          <PasswordInput
            label={text.password}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
          />
          <Button type="submit" variant="default" loading={isBusy}>
            {text.show}
          </Button>
          {trouble ? <Trouble trouble={trouble} /> : null}
        </form>
      )}
    </section>
  )
}

function Person(props: { person: Preview['people'][number] }): ReactNode {
  const { id, name, records } = props.person
  return (
    <details className="technical stack" style={{ marginTop: 0 }}>
      <summary>
        {name} ({id})
      </summary>
      {records.map(({ label, fields, count, rows }) => (
        <RecordGrid
          key={label}
          label={`${name} (${id}): ${label}`}
          caption={`${label}, ${text.more5(count)}`}
          columns={fields.map((field) => ({ name: field, label: field }))}
          rows={rows.map((row) =>
            row.map((value) => ({
              className: (value ?? '').length <= shortText ? 'day' : 'long',
              shown: value || common.empty,
            })),
          )}
        />
      ))}
    </details>
  )
}
