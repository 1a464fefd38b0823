import type { Table } from './Table.ts'

/** A name that statements can be written with, and whose reads can be told from a statement's words. */
export function isPlain(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name)
}

/** A name as SQL writes it; all engines are held to the standard's quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A table as SQL names it. */
export function tableText({ schema, name }: Pick<Table, 'schema' | 'name'>): string {
  return schema === undefined ? quoted(name) : `${quoted(schema)}.${quoted(name)}`
}
