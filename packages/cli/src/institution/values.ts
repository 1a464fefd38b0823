import { createInterface } from 'node:readline/promises'
import { UsageError } from '../output.ts'
import { NotFoundError } from '../participant/errors.ts'
import { textFrom } from '../participant/input.ts'
import type { Staff } from './Staff.ts'

export type Values = Readonly<Record<string, string | null>>

/** A value that a form asks for, as the institution's catalogue has it. */
export type Parameter = {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly required: boolean
  readonly options?: readonly string[]
}

type Form = { readonly parameters: readonly Parameter[] } | null

/** A kind of record that an institution keeps. */
export type Resource = {
  readonly name: string
  readonly label: string
  readonly fields: readonly { readonly name: string; readonly label: string }[]
  readonly insert: Form
  readonly update: Form
  readonly retract: Form
}

/** The institution's kinds of records and their forms. */
export async function catalogueOf(staff: Staff): Promise<readonly Resource[]> {
  return (await staff.get<{ resources: readonly Resource[] }>('catalogue')).resources
}

/** One kind of record by its name. Throws NotFoundError. */
export async function resourceOf(staff: Staff, text: string): Promise<Resource> {
  const all = await catalogueOf(staff)
  const found = all.find(({ name }) => name.toLowerCase() === text.toLowerCase())
  if (found) return found
  throw new NotFoundError('kind of record', { found: 0, see: 'medrec institution forms' })
}

/**
 * Values of a record: a JSON object out of a file, or asked for one by one at the keyboard. Never out of the
 * command line, where other users of the machine could read them. Throws UsageError.
 */
export async function valuesOf(form: Form, file: string | undefined): Promise<Values> {
  if (!form) throw new UsageError('Records of this kind cannot be written here.')
  if (file !== undefined) return parsed(await textFrom(file))
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Name a file that holds the values with --values FILE ("-": standard input).',
      {
        facts: ['It holds one JSON object: {"name of a value": "text", ...}. Nothing was changed.'],
      },
    )
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const values: Record<string, string> = {}
    for (const parameter of form.parameters) {
      const answer = (await terminal.question(questionOf(parameter))).trim()
      if (answer !== '') values[parameter.name] = answer
    }
    return values
  } finally {
    terminal.close()
  }
}

function questionOf({ label, type, required, options }: Parameter): string {
  const form = options ? options.join(' | ') : type
  return `${label} (${form}${required ? '' : ', may be empty'}): `
}

function parsed(text: string): Values {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined // said below, without the text: it is a patient's
  }
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  if (
    isObject &&
    Object.values(json as object).every((one) => one === null || typeof one === 'string')
  )
    return json as Values
  throw new UsageError(
    '--values: one JSON object of texts, for example {"value": "5.4", "unit": "%"}.',
    {
      facts: ['Numbers stand in quotation marks too. Nothing was changed.'],
    },
  )
}
