import { type Field, MedrecError, schemaId, sha256, toHex, utf8 } from '@medrec/protocol'
import { z } from 'zod'

const name = z.string().regex(/^[a-z0-9_]{1,64}$/)
/** Drivers end a text at NUL, or take it for the end of a message. */
const withoutNul = z.string().regex(/^[^\0]*$/, 'text without NUL')
const type = z.enum(['int', 'decimal', 'date', 'instant', 'bool', 'text', 'bytes', 'json'])
const parameter = z.strictObject({
  name,
  type,
  label: z.string(),
  required: z.boolean(),
  options: z.array(z.string()).readonly().optional(),
})
const write = z
  .object({
    /** A statement with `:name` for each parameter, `:id` and `:owner`. */
    sql: withoutNul.min(1).optional(),
    /** For a FHIR server: the resource, or the members that change, with texts `":name"`. */
    body: z.record(z.string(), z.json()).optional(),
    parameters: z.array(parameter).readonly(),
  })
  .refine(({ sql, body }) => (sql === undefined) !== (body === undefined), 'a statement or a body')
const resource = z
  .strictObject({
    name,
    category: z.int().min(1).max(0xffff_ffff),
    schema: z.string().min(1).max(200),
    label: z.string().min(1),
    sensitivity: z.enum(['N', 'R', 'V']).optional(),
    query: withoutNul.min(1),
    ownerColumn: withoutNul.min(1),
    recordKey: z.array(z.string()).min(1).readonly(),
    /** For a FHIR server: where in a resource each field stands. */
    paths: z.record(name, z.string().min(1)).optional(),
    fields: z
      .array(z.strictObject({ bit: z.int().min(0).max(255), name, type, label: z.string().min(1) }))
      .min(1)
      .readonly(),
    insert: write.and(z.object({ id: z.enum(['uuid', 'int', 'int32']) })).optional(),
    update: write.optional(),
    retract: write.optional(),
  })
  .refine(
    ({ fields }) =>
      fields.every(({ bit }, position) => bit === position) &&
      new Set(fields.map((field) => field.name)).size === fields.length,
    'fields are numbered 0, 1, 2 and so on, each name once',
  )
const catalogue = z
  .strictObject({
    institution: z.string(),
    name: z.string(),
    version: z.int().min(1).max(0xffff),
    patients: z.object({
      /** For a FHIR server: where in a Patient each of `id`, `given`, `family` ... stands. */
      paths: z.record(name, z.string().min(1)).optional(),
      search: z.strictObject({
        byNationalId: withoutNul,
        byId: withoutNul,
        byName: withoutNul,
        list: withoutNul,
      }),
    }),
    resources: z.array(resource).min(1).readonly(),
    exclusions: z
      .array(
        z.strictObject({
          table: withoutNul,
          reason: z.string(),
          /** A table that not every installation has; else one that is not there is a slip of the pen. */
          ifPresent: z.boolean().optional(),
        }),
      )
      .readonly(),
    /** For a FHIR server: resources with one of these security labels are as if they were not there. */
    excludedLabels: z
      .array(z.strictObject({ system: z.string(), code: z.string(), reason: z.string() }))
      .readonly()
      .optional(),
  })
  .refine(
    ({ resources }) => new Set(resources.map((item) => item.name)).size === resources.length,
    'each resource has its own name',
  )

/** What a provider's gatekeeper may serve, and what it must never be able to read (docs/operations.md). */
export type Catalogue = z.infer<typeof catalogue>
export type Resource = Catalogue['resources'][number]
export type WriteTemplate = z.infer<typeof write>

/** A resource as a pointer keeps it for ever: what is asked, how its rows are read. */
export type Definition = {
  readonly digest: string
  readonly resource: string
  readonly label: string
  readonly catalogue: number
  readonly category: number
  readonly schema: number
  readonly query: string
  readonly ownerColumn: string
  readonly recordKey: readonly string[]
  readonly paths?: Readonly<Record<string, string>>
  readonly fields: readonly (Field & { readonly label: string })[]
}

/** Reads a catalogue. Throws CatalogueError naming the members that are wrong. */
export function parseCatalogue(json: unknown): Catalogue {
  const parsed = catalogue.safeParse(json)
  if (parsed.success) return parsed.data
  const facts = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new CatalogueError('The catalogue is not well formed.', facts)
}

/** The definition of a resource of this catalogue version. */
export function definitionOf(catalogue: Catalogue, resource: Resource): Definition {
  const content = {
    resource: resource.name,
    label: resource.label,
    catalogue: catalogue.version,
    category: resource.category,
    schema: schemaId(resource.schema),
    query: resource.query,
    ownerColumn: resource.ownerColumn,
    recordKey: resource.recordKey,
    ...(resource.paths && { paths: resource.paths }),
    fields: resource.fields,
  }
  return { digest: digestOf(content), ...content }
}

/** Reads a definition that a pointer kept. */
export function readDefinition(json: string): Definition {
  const content = JSON.parse(json) as Omit<Definition, 'digest'>
  return { digest: digestOf(content), ...content }
}

/** The exact text that a definition's digest is taken of. */
export function definitionText({ digest: _, ...content }: Definition): string {
  return JSON.stringify(content)
}

/**
 * The query string of a pointer: resource, owner and digest of the definition whose statement runs
 * (paper III-B, data pointer). One spelling only.
 */
export function queryText(definition: Definition, owner: string): string {
  return `${definition.resource}?owner=${encodeURIComponent(owner)}&definition=${definition.digest}`
}

/** Hash of the catalogue for the institution's public profile. */
export function catalogueHash(catalogue: Catalogue): Uint8Array {
  return sha256(utf8(JSON.stringify(catalogue)))
}

function digestOf(content: Omit<Definition, 'digest'>): string {
  return toHex(sha256(utf8(JSON.stringify(content)))).slice(2, 18)
}

/** The catalogue, or the database it speaks of, is not as it must be; the gatekeeper does not start. */
export class CatalogueError extends MedrecError {
  readonly code = 'CATALOGUE_WRONG'
  constructor(summary: string, facts: readonly string[], cause?: unknown) {
    super(summary, { facts, cause })
  }
}
