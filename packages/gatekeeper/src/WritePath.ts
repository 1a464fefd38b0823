import { randomBytes, randomUUID } from 'node:crypto'
import {
  equal,
  type Hex,
  isCanonical,
  MedrecError,
  origins,
  RetryableError,
  sha256,
  toBigInt,
  toHex,
  utf8,
  type Value,
} from '@medrec/protocol'
import { WriteTables } from '@medrec/records/node'
import { RowsUnusableError } from './adapter/Adapter.ts'
import { WriteRefusedError, type Writer } from './adapter/Writer.ts'
import { type Core, type Staff, turnOf } from './Core.ts'
import { type Catalogue, definitionOf, type Resource, type WriteTemplate } from './catalogue.ts'
import { type Cause, compareWithData } from './changes.ts'
import { addPointers } from './enrol.ts'

/** What a clinician writes. `request`: the same id again writes nothing twice. */
export type WriteOptions = {
  readonly localPatient: string
  readonly resource: string
  readonly values: Readonly<Record<string, Value>>
  readonly by: Staff
  readonly request?: string
}
export type ChangeOptions = WriteOptions & {
  /** Id of the record in the institution's database. */
  readonly key: string
  readonly reason: string
}

/** What came of it: the record's id, and the pointers with their new versions. */
export type Written = {
  readonly key: string
  readonly pointers: readonly {
    readonly relationship: Hex
    readonly pointer: Hex
    readonly version: number
  }[]
}

type Write = {
  readonly writer: Writer
  readonly template: WriteTemplate
  readonly resource: Resource
  readonly options: WriteOptions
  readonly key: string | undefined
  readonly reason: string | null
  readonly kind: 'insert' | 'update' | 'retract'
}

/** Writes to the institution's own database with the catalogue's statements only (paper, Figure 2, step 1). */
export class WritePath {
  readonly #core: Core
  readonly #writer: Writer | undefined

  /** @param writer undefined: this institution writes elsewhere */
  constructor(core: Core, writer: Writer | undefined) {
    this.#core = core
    this.#writer = writer
  }

  /** Adds a record. Throws ValuesError, NotWritableError, WriteRefusedError. */
  add(options: WriteOptions): Promise<Written> {
    return this.#write('insert', options, undefined, null)
  }

  /** Corrects a record; the reason stands in the new version (docs/protocol.md 6). Throws RecordNotFoundError, NothingChangedError too. */
  correct(options: ChangeOptions): Promise<Written> {
    return this.#write('update', options, options.key, options.reason)
  }

  /** Marks a record as entered in error, with the reason. */
  retract(options: Omit<ChangeOptions, 'values'>): Promise<Written> {
    return this.#write('retract', { ...options, values: {} }, options.key, options.reason)
  }

  async close(): Promise<void> {
    await this.#writer?.close()
  }

  async #write(
    kind: Write['kind'],
    options: WriteOptions,
    key: string | undefined,
    reason: string | null,
  ): Promise<Written> {
    const resource = resourceOf(this.#core.catalogue, options.resource)
    const template = resource[kind]
    if (!template || !this.#writer) throw new NotWritableError(resource.name)
    const values =
      kind === 'retract' && template.parameters.some(({ name }) => name === 'reason')
        ? { ...options.values, reason }
        : options.values
    checkValues(template, values)
    // Drivers end a text there, and would write another patient's record.
    if (holdsNul(options.localPatient) || holdsNul(key ?? ''))
      throw new RecordNotFoundError(resource.name)
    // MariaDB reads the number that a text begins with: `1 or so` would change record 1.
    const isNumbered = resource.insert !== undefined && resource.insert.id !== 'uuid'
    if (isNumbered && key !== undefined && !/^-?\d{1,19}$/.test(key))
      throw new RecordNotFoundError(resource.name)
    const write = {
      ...{ writer: this.#writer, template, resource, options: { ...options, values } },
      ...{ key, reason, kind },
    }
    return this.#core.exclusive(turnOf(options.localPatient), () => this.#run(write))
  }

  async #run(write: Write): Promise<Written> {
    const core = this.#core
    const { options, resource, reason } = write
    const all = await pointersOf(core, options.localPatient, resource)
    const pointers = all.filter((one) => one.resource === resource.name)
    // What changed before, and nobody recorded, must not pass for this write.
    for (const { pointer } of all) await compareWithData(core, pointer)
    const request = options.request ?? randomUUID()
    const digest = digestOf(write)
    const known = WriteTables.find(core.database, request)
    if (known && !equal(known.digest, digest)) throw new RequestReusedError()
    const key = known?.record ?? write.key ?? newKey(resource)
    if (!known) {
      const first = pointers[0]?.bytes ?? new Uint8Array(16)
      WriteTables.start(core.database, {
        id: request,
        digest,
        pointer: first,
        record: key,
        reason,
        staff: JSON.stringify(options.by),
        startedAt: core.clock(),
      })
    }
    if (known) WriteTables.takeUp(core.database, request)
    const isOpen = known?.finished !== true
    // Who has no relationship has no pointer to compare with.
    const before = all.length === 0 ? await this.#rowsOf(write) : undefined
    const written = isOpen
      ? await this.#execute(write, { request, key, isAgain: known !== undefined })
      : key
    const cause = { origin: origins.writePath, reason, staff: JSON.stringify(options.by) }
    const isChanged =
      all.length === 0
        ? before === undefined || before !== (await this.#rowsOf(write))
        : await this.#compareAll(all, cause)
    if (isOpen && !isChanged && write.kind !== 'insert') {
      WriteTables.abandon(core.database, request)
      throw new NothingChangedError(resource.name)
    }
    WriteTables.finish(core.database, request)
    return {
      key: written,
      pointers: pointers.map(({ relationship, pointer }) => ({
        relationship,
        pointer,
        version: core.map.version(pointer)?.version ?? 0,
      })),
    }
  }

  /** Whether any of them changed; one table may stand behind several resources. */
  async #compareAll(all: readonly Affected[], cause: Cause): Promise<boolean> {
    let isChanged = false
    for (const { pointer } of all)
      if (await compareWithData(this.#core, pointer, cause)) isChanged = true
    return isChanged
  }

  /** The rows as a text to compare; undefined where a write adds one, or they cannot be read as they are. */
  async #rowsOf({ kind, resource, options }: Write): Promise<string | undefined> {
    if (kind === 'insert') return undefined
    const { adapter, catalogue } = this.#core
    try {
      const { rows } = await adapter.rows(definitionOf(catalogue, resource), options.localPatient)
      return JSON.stringify(rows)
    } catch (error) {
      if (error instanceof RowsUnusableError) return undefined
      throw error
    }
  }

  /** The record's id in the database. */
  async #execute(
    { writer, template, resource, options, kind }: Write,
    { request, key, isAgain }: { request: string; key: string; isAgain: boolean },
  ): Promise<string> {
    const { values, localPatient: owner } = options
    try {
      const done = await writer.write({ kind, resource, template, values, owner, key })
      if (done.outcome === 'none') throw new RecordNotFoundError(resource.name)
      // A crash came after the first try was committed: the record is there under its id.
      if (done.outcome === 'exists' && !isAgain) throw new WriteRefusedError(resource.name)
      WriteTables.name(this.#core.database, request, done.key)
      return done.key
    } catch (error) {
      // Whether a lost connection wrote is not known: the request stays open and explains the change.
      if (!(error instanceof RetryableError)) WriteTables.abandon(this.#core.database, request)
      throw error
    }
  }
}

/** A resource of the catalogue by name. Throws NotWritableError. */
export function resourceOf(catalogue: Catalogue, name: string): Resource {
  const resource = catalogue.resources.find((one) => one.name === name)
  if (!resource) throw new NotWritableError(name)
  return resource
}

function digestOf({ kind, resource, options, key }: Write): Uint8Array {
  const { localPatient, values } = options
  return sha256(utf8(JSON.stringify([kind, resource.name, localPatient, key ?? null, values])))
}

type Affected = {
  readonly relationship: Hex
  readonly pointer: Hex
  readonly bytes: Uint8Array
  readonly resource: string
}

/** Pointers of all the patient's relationships; the one of `resource` is made where it is missing. */
async function pointersOf(
  core: Core,
  localPatient: string,
  resource: Resource,
): Promise<readonly Affected[]> {
  const rows = [...core.map.relationships()].filter((row) => row.localPatient === localPatient)
  for (const row of rows)
    if (!core.map.pointersOf(toHex(row.id)).some((pointer) => pointer.resource === resource.name))
      await addPointers(core, row, [resource])
  return rows.flatMap((row) =>
    core.map.pointersOf(toHex(row.id)).map((pointer) => ({
      relationship: toHex(row.id),
      pointer: toHex(pointer.id),
      bytes: pointer.id,
      resource: pointer.resource,
    })),
  )
}

function newKey(resource: Resource): string {
  switch (resource.insert?.id) {
    case 'int':
      return String(toBigInt(randomBytes(6)) + 1n)
    case 'int32':
      return String((toBigInt(randomBytes(4)) >> 1n) + 1n)
    default:
      return randomUUID()
  }
}

function checkValues(template: WriteTemplate, values: Readonly<Record<string, Value>>): void {
  const known = new Set(template.parameters.map(({ name }) => name))
  const wrong = Object.keys(values).filter((name) => !known.has(name))
  for (const { name, type, required, options } of template.parameters) {
    const value = values[name] ?? null
    const isMissing = required && (value === null || value === '')
    const isOther = value !== null && options !== undefined && !options.includes(value)
    const isCutOff = value !== null && holdsNul(value)
    if (isMissing || isOther || isCutOff || !isCanonical(type, value)) wrong.push(name)
  }
  if (wrong.length > 0) throw new ValuesError(wrong)
}

/** No engine but MariaDB keeps such a text whole, and SQLite's driver cuts it off without a word. */
function holdsNul(text: string): boolean {
  return text.includes('\0')
}

/** Values of a form are missing, unknown, or not of their type. */
export class ValuesError extends MedrecError {
  readonly code = 'VALUES_WRONG'
  readonly fields: readonly string[]
  constructor(fields: readonly string[]) {
    super('These values are missing or not of the form that is needed.', {
      facts: fields.map((name) => `Field: ${name}`),
    })
    this.fields = fields
  }
}

/** The catalogue has no statement for this change. */
export class NotWritableError extends MedrecError {
  readonly code = 'NOT_WRITABLE'
  constructor(resource: string) {
    super('The catalogue of this institution has no statement for this change.', {
      facts: [`Resource: ${resource}`],
    })
  }
}

/** The record to change is not there, or belongs to somebody else. */
export class RecordNotFoundError extends MedrecError {
  readonly code = 'RECORD_NOT_FOUND'
  constructor(resource: string) {
    super('This patient has no such record.', { facts: [`Resource: ${resource}`] })
  }
}

/** The record stood so before: no version was made, so the reason would be kept nowhere. */
export class NothingChangedError extends MedrecError {
  readonly code = 'NOTHING_CHANGED'
  constructor(resource: string) {
    super('The record stands so already. No new version was made, and the reason is not kept.', {
      facts: [`Resource: ${resource}`],
    })
  }
}

/** The id of a write request was used before for another content. */
export class RequestReusedError extends MedrecError {
  readonly code = 'REQUEST_REUSED'
  constructor() {
    super('This request id was used before for another change. Nothing was written.')
  }
}
