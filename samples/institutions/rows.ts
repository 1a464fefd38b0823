import { createHash } from 'node:crypto'
import type { Measured, PersonRecord } from '@medrec/interop'
import type { Identification } from '@medrec/protocol'

/** A value as SQLite stores it. */
export type Cell = string | number | null

/** Adds a row unless its primary key is there already. */
export type Insert = (table: string, row: Readonly<Record<string, Cell>>) => void

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What makes a person the same in the next import: her id if it is a UUID, else all that identifies her. */
export function personKey(person: PersonRecord): string {
  if (uuidForm.test(person.id)) return person.id
  const { given, family, birthDate } = person.demographics
  return [person.id, given, family, birthDate, person.identification?.value ?? ''].join('|')
}

/** A stable UUID-shaped name for something. */
export function uuidOf(...parts: readonly string[]): string {
  const hex = digest(parts).toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-')
}

/** A stable positive number of 48 bits for something. */
export function numberOf(...parts: readonly string[]): number {
  return digest(parts).readUIntBE(0, 6)
}

function digest(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest()
}

/** The number under which providers and registrar know a person; made from her record if the source has none. */
export function identificationOf(person: PersonRecord): Identification {
  return (
    person.identification ?? {
      type: 'record-number',
      country: 'ZZ',
      value: uuidOf('record-number', personKey(person)).slice(0, 13).toUpperCase(),
      birthDate: person.demographics.birthDate,
    }
  )
}

/** The day of a moment. */
export function day(moment: string): string {
  return moment.slice(0, 10)
}

/** A day that may be unknown. */
export function maybeDay(moment: string | undefined): string | null {
  return moment === undefined ? null : day(moment)
}

/** A measured value in three columns. */
export function columnsOf(value: Measured | undefined): {
  readonly number: string | null
  readonly unit: string | null
  readonly words: string | null
} {
  if (value?.kind === 'quantity') return { number: value.value, unit: value.unit, words: null }
  return { number: null, unit: null, words: value?.text ?? null }
}
