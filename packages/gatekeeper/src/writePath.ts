import { randomBytes, randomUUID } from 'node:crypto'
import {
  equal,
  fromBase64Url,
  type Hex,
  isCanonical,
  MedrecError,
  origins,
  sha256,
  toBigInt,
  toHex,
  utf8,
  type Value,
} from '@medrec/protocol'
import { WriteTables } from '@medrec/records/node'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { type Core, type Staff, turnOf } from './Core.ts'
import { type Catalogue, CatalogueError, type Resource, type WriteTemplate } from './catalogue.ts'
import { compareWithData } from './changes.ts'
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
  readonly #database: DatabaseSyncInstance

  constructor(core: Core, databaseFile: string) {
    this.#core = core
    this.#database = new DatabaseSync(databaseFile, { timeout: 5_000, defensive: true })
    for (const { name, insert, update, retract } of core.catalogue.resources)
      for (const template of [insert, update, retract])
        if (template) checkTemplate(this.#database, name, template.sql)
  }

  /** Adds a record. Throws ValuesError, NotWritableError, WriteRefusedError. */
  add(options: WriteOptions): Promise<Written> {
    return this.#write('insert', options, undefined, null)
  }

  /** Corrects a record; the reason stands in the new version (DESIGN 13). Throws RecordNotFoundError, NothingChangedError too. */
  correct(options: ChangeOptions): Promise<Written> {
    return this.#write('update', options, options.key, options.reason)
  }

  /** Marks a record as entered in error, with the reason. */
  retract(options: Omit<ChangeOptions, 'values'>): Promise<Written> {
    return this.#write('retract', { ...options, values: {} }, options.key, options.reason)
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  async #write(
    kind: Write['kind'],
    options: WriteOptions,
    key: string | undefined,
    reason: string | null,
  ): Promise<Written> {
    const resource = resourceOf(this.#core.catalogue, options.resource)
    const template = resource[kind]
    if (!template) throw new NotWritableError(resource.name)
    const values =
      kind === 'retract' && template.parameters.some(({ name }) => name === 'reason')
        ? { ...options.values, reason }
        : options.values
    checkValues(template, values)
    const write = { template, resource, options: { ...options, values }, key, reason, kind }
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
    const digest = sha256(
      utf8(
        JSON.stringify([
          write.kind,
          resource.name,
          options.localPatient,
          write.key ?? null,
          options.values,
        ]),
      ),
    )
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
    if (isOpen) this.#execute(write, { request, key, isAgain: known !== undefined })
    const cause = { origin: origins.writePath, reason, staff: JSON.stringify(options.by) }
    let isChanged = false
    // One table may stand behind several resources.
    for (const { pointer } of all) if (await compareWithData(core, pointer, cause)) isChanged = true
    if (isOpen && !isChanged && all.length > 0 && write.kind !== 'insert') {
      WriteTables.abandon(core.database, request)
      throw new NothingChangedError(resource.name)
    }
    WriteTables.finish(core.database, request)
    return {
      key,
      pointers: pointers.map(({ relationship, pointer }) => ({
        relationship,
        pointer,
        version: core.map.version(pointer)?.version ?? 0,
      })),
    }
  }

  #execute(
    { template, resource, options, kind }: Write,
    { request, key, isAgain }: { request: string; key: string; isAgain: boolean },
  ): void {
    const database = this.#database
    database.exec('BEGIN IMMEDIATE')
    try {
      const { changes } = database
        .prepare(template.sql)
        .run(bound(template, resource, options, key))
      if (kind !== 'insert' && changes !== 1) throw new RecordNotFoundError(resource.name)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      // A crash came after the first try was committed: the record is there under its id.
      if (isAgain && kind === 'insert' && isUnique(error)) return
      WriteTables.abandon(this.#core.database, request)
      if (error instanceof MedrecError) throw error
      throw new WriteRefusedError(resource.name, error)
    }
  }
}

/** A resource of the catalogue by name. Throws NotWritableError. */
export function resourceOf(catalogue: Catalogue, name: string): Resource {
  const resource = catalogue.resources.find((one) => one.name === name)
  if (!resource) throw new NotWritableError(name)
  return resource
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
  return resource.insert?.id === 'uuid' ? randomUUID() : String(toBigInt(randomBytes(6)) + 1n)
}

/** Throws CatalogueError unless the statement is one change that the database understands. */
function checkTemplate(database: DatabaseSyncInstance, resource: string, sql: string): void {
  const facts = [`Resource: ${resource}`]
  if (!/^\s*(INSERT|UPDATE)\s/i.test(sql))
    throw new CatalogueError('A statement that writes begins with INSERT or UPDATE.', facts)
  try {
    database.prepare(sql).close()
  } catch (cause) {
    throw new CatalogueError('A statement that writes does not run on the database.', facts, cause)
  }
}

type SqlValue = string | bigint | number | Uint8Array | null

function bound(
  template: WriteTemplate,
  resource: Resource,
  { values, localPatient }: WriteOptions,
  key: string,
): Record<string, SqlValue> {
  const isNumber = resource.insert?.id === 'int' && /^\d+$/.test(key)
  const given = template.parameters.map(({ name, type }): [string, SqlValue] => {
    const value = values[name] ?? null
    if (value === null) return [name, null]
    if (type === 'int') return [name, BigInt(value)]
    if (type === 'bool') return [name, value === 'true' ? 1 : 0]
    return [name, type === 'bytes' ? fromBase64Url(value) : value]
  })
  return { ...Object.fromEntries(given), id: isNumber ? BigInt(key) : key, owner: localPatient }
}

function checkValues(template: WriteTemplate, values: Readonly<Record<string, Value>>): void {
  const known = new Set(template.parameters.map(({ name }) => name))
  const wrong = Object.keys(values).filter((name) => !known.has(name))
  for (const { name, type, required, options } of template.parameters) {
    const value = values[name] ?? null
    const isMissing = required && (value === null || value === '')
    const isOther = value !== null && options !== undefined && !options.includes(value)
    if (isMissing || isOther || !isCanonical(type, value)) wrong.push(name)
  }
  if (wrong.length > 0) throw new ValuesError(wrong)
}

function isUnique(error: unknown): boolean {
  return error instanceof Error && /UNIQUE|PRIMARY KEY/i.test(error.message)
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

/** The institution's database refused the write; nothing was changed. */
export class WriteRefusedError extends MedrecError {
  readonly code = 'WRITE_REFUSED'
  constructor(resource: string, cause: unknown) {
    super("The institution's database refused the write. Nothing was changed.", {
      facts: [`Resource: ${resource}`],
      cause,
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
