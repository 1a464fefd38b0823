import { MedrecError } from '@medrec/protocol'
import { z } from 'zod'

/** Fields that a kind of record has at most: grants name them by the bits of one word. */
export const mostFields = 256

const name = z.string().min(1).max(128)
const fieldType = z.enum(['int', 'decimal', 'date', 'instant', 'bool', 'text', 'bytes', 'json'])
const identifier = z.string().regex(/^[a-z0-9_]{1,64}$/, 'small letters, digits and _')

const resource = z.strictObject({
  table: name,
  name: identifier,
  category: z.int().min(1).max(0xffff_ffff),
  label: z.string().min(1).max(200),
  sensitivity: z.enum(['N', 'R', 'V']).optional(),
  /** Column with the patient's id */
  owner: name,
  /** Columns that tell one patient's rows apart */
  key: z.array(name).min(1),
  fields: z
    .array(
      z.strictObject({ column: name, name: identifier, type: fieldType, label: z.string().min(1) }),
    )
    .min(1)
    .max(mostFields, `a kind of record has at most ${mostFields} fields`),
})

const patients = z.strictObject({
  table: name,
  id: name,
  given: name,
  family: name,
  birthDate: name,
  gender: name.optional(),
  /** The number by which the registrar finds people */
  nationalId: name.optional(),
  /** What kind of number that is, by the same word at every institution: `national-id`, `insurance-number` ... */
  idType: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'small letters, digits and hyphens')
    .optional(),
  /** Country of the number, ISO 3166-1: two letters; ZZ for none */
  idCountry: z
    .string()
    .regex(/^[A-Z]{2}$/, 'two capital letters')
    .optional(),
})

export const exclusion = z.strictObject({
  table: name,
  reason: z.string().min(1),
  ifPresent: z.boolean().optional(),
})

/** Which tables hold patients and what may leave, and which must never be readable. */
export const mapping = z.strictObject({
  patients,
  resources: z.array(resource).min(1),
  exclusions: z.array(exclusion),
})

export type Mapping = z.infer<typeof mapping>
export type MappedResource = Mapping['resources'][number]
export type MappedPatients = Mapping['patients']
export type Exclusions = Mapping['exclusions']

/** What cannot be served, in words that name no value, and which answer of the set-up it is about. */
export type Problem = { readonly text: string } & (
  | { readonly about: 'mapping' | 'sensitivity' | 'samples' }
  /** `excluded`: the table that must never be readable, and that the other one is or leads to */
  | { readonly about: 'people'; readonly excluded?: string }
  | { readonly about: 'table'; readonly table: string; readonly excluded?: string }
  | { readonly about: 'kind'; readonly kind: string; readonly field?: string | undefined }
)

/** The mapping names something that the database does not have, or whose data cannot be served. */
export class MappingError extends MedrecError {
  readonly code = 'MAPPING_WRONG'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super('The tables cannot be mapped like this.', {
      facts: [...new Set(problems.map(({ text }) => text)), 'Nothing was changed.'],
    })
    this.problems = problems
  }
}
