import { Button, Group, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../text/common.ts'

/** Asks why, then goes on. */
export function Reason(props: {
  label: string
  about: string
  optional?: boolean
  confirm: string
  keep: string
  onConfirm: (reason: string) => void
  onKeep: () => void
}): ReactNode {
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  return (
    <form
      className="panel stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (!props.optional && reason.trim() === '') setMissing(true)
        else props.onConfirm(reason.trim())
      }}
    >
      <Textarea
        label={props.label}
        description={props.about}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={missing && reason.trim() === '' ? common.required : undefined}
        autosize
        minRows={2}
        maxLength={200}
        data-autofocus
      />
      <Group>
        <Button type="submit">{props.confirm}</Button>
        <Button variant="default" onClick={props.onKeep}>
          {props.keep}
        </Button>
      </Group>
    </form>
  )
}
