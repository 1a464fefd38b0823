import { NativeSelect, SimpleGrid, Textarea, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../text/common.ts'
import { staff } from '../text/staff.ts'
import type { Parameter, Values } from './api.ts'

const inputTypes = {
  date: 'date',
  instant: 'datetime-local',
  int: 'text',
  decimal: 'text',
} as const

/** Fields for the parameters that a catalogue names; each has its label and its own complaint. */
export function ParameterFields(props: {
  parameters: readonly Parameter[]
  values: Values
  tried: boolean
  onChange: (name: string, value: string) => void
}): ReactNode {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {props.parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={props.values[parameter.name] ?? ''}
          missing={props.tried && parameter.required && !props.values[parameter.name]}
          onChange={(value) => props.onChange(parameter.name, value)}
        />
      ))}
    </SimpleGrid>
  )
}

function ParameterField(props: {
  parameter: Parameter
  value: string
  missing: boolean
  onChange: (value: string) => void
}): ReactNode {
  const { parameter, value } = props
  const shared = {
    label: parameter.label,
    required: parameter.required,
    error: props.missing ? common.required : undefined,
    value,
  }
  const change = (event: { currentTarget: { value: string } }): void =>
    props.onChange(event.currentTarget.value)
  const options = parameter.type === 'bool' ? ['true', 'false'] : parameter.options
  if (options)
    return (
      <NativeSelect
        {...shared}
        onChange={change}
        data={[{ value: '', label: staff.patient.choose }, ...options]}
      />
    )
  if (parameter.type === 'json') return <Textarea {...shared} onChange={change} autosize />
  const numeric = parameter.type === 'int' || parameter.type === 'decimal'
  return (
    <TextInput
      {...shared}
      onChange={change}
      type={(inputTypes as Readonly<Record<string, string>>)[parameter.type] ?? 'text'}
      {...(numeric ? { inputMode: 'decimal' as const } : {})}
      autoComplete="off"
    />
  )
}

/** Values in the one form of their type (docs/protocol.md section 7); empty ones are null. */
export function canonical(parameters: readonly Parameter[], values: Values): Values {
  return Object.fromEntries(
    parameters.map(({ name, type }) => {
      const value = values[name]?.trim()
      if (!value) return [name, null]
      if (type === 'instant' && !value.endsWith('Z'))
        return [name, new Date(value).toISOString().replace(/\.\d+Z$/, 'Z')]
      return [name, value]
    }),
  )
}
