import * as Setup from '@medrec/gatekeeper/setup'
import { askUntil, type Wrong, wrong } from './askUntil.ts'
import type { Dialog } from './Dialog.ts'

/** Columns that one line names; of a wider table the rest is asked for with "?". */
const listed = 16

/** What somebody does about a name that no statement of ours can be written with. */
export const plainName =
  'A name of letters, digits and "_" is needed: make a view in the database that gives it one, and start again.'

type Question = {
  readonly question: string
  readonly proposal?: string | undefined
  /** "none" is an answer, too */
  readonly isOptional?: boolean
}

/** A table with its columns, as far as they fit on a screen. */
export function tableText(table: Setup.Table): string {
  const { columns } = table
  const names = columns.slice(0, listed).map(({ name, type }) => `${name} ${type}`)
  const more = columns.length - names.length
  return `${Setup.placeOf(table)}: ${names.join(', ')}${more > 0 ? `, and ${more} columns more ("?" lists them)` : ''}`
}

/** Asks for one column; undefined: none, where it is optional. */
export function askColumn(
  dialog: Dialog,
  table: Setup.Table,
  { question, proposal, isOptional = false }: Question,
): Promise<string | undefined> {
  return askUntil(dialog, {
    ...{ key: 'mapping', question, proposal },
    read: (answer) => {
      if (isOptional && answer === 'none') return undefined
      return Setup.columnNamed(table, answer)?.name ?? noColumn(table, answer)
    },
  })
}

/** Asks for a column that has to be there. */
export async function requireColumn(
  dialog: Dialog,
  table: Setup.Table,
  question: Question,
): Promise<string> {
  return (await askColumn(dialog, table, { ...question, isOptional: false })) as string
}

/** Asks for one column or several. */
export function askColumns(
  dialog: Dialog,
  table: Setup.Table,
  { question, proposal }: Question,
): Promise<string[]> {
  return askUntil(dialog, {
    ...{ key: 'mapping', question, proposal },
    read: (answer) => columnsNamed(table, answer),
  })
}

/** A column that is shared, and its heading where one was given. */
export type Shared = { readonly name: string; readonly heading: string | undefined }

/** Asks which columns are shared: all, those named, or all but those named; never more than a grant can name. */
export function askShared(
  dialog: Dialog,
  table: Setup.Table,
  { owner, before }: { readonly owner: string; readonly before: readonly Shared[] | undefined },
): Promise<Shared[]> {
  const able = table.columns.map(({ name }) => name).filter((name) => name !== owner)
  const isTooWide = able.length > Setup.mostFields
  return askUntil(dialog, {
    key: 'mapping',
    question: `Columns that are shared (NAME or NAME=Heading for patients, with commas between them; "all but NAMES"${isTooWide ? '' : '; "all"'})`,
    proposal: before
      ? before.map(({ name, heading }) => (heading ? `${name}=${heading}` : name)).join(', ')
      : isTooWide
        ? undefined
        : 'all',
    read: (answer) => {
      const taken = sharedColumns(table, able, answer)
      return Array.isArray(taken) && taken.length > Setup.mostFields
        ? wrong(
            `These are ${taken.length} columns; a kind of record has at most ${Setup.mostFields}. Name those that mean something to a patient.`,
          )
        : taken
    },
  })
}

function sharedColumns(
  table: Setup.Table,
  able: readonly string[],
  answer: string,
): Shared[] | Wrong {
  if (answer === 'all') return able.map((name) => ({ name, heading: undefined }))
  const but = /^all but (.+)$/i.exec(answer)?.[1]
  const parts = (but ?? answer).split(',').map((part) => part.split('='))
  const named = columnsNamed(table, parts.map(([name]) => name).join(','))
  if (!Array.isArray(named)) return named
  const odd = but === undefined ? named.filter((name) => !Setup.isPlain(name)) : []
  if (odd.length > 0) return wrong(`"${odd.join('", "')}" cannot be shared. ${plainName}`)
  const headings = new Map(named.map((name, i) => [name, parts[i]?.[1]?.trim() || undefined]))
  const taken = able
    .filter((name) => headings.has(name) !== (but !== undefined))
    .map((name) => ({ name, heading: headings.get(name) }))
  return taken.length > 0 ? taken : wrong('Nothing is left to share: name other columns.')
}

function columnsNamed(table: Setup.Table, answer: string): string[] | Wrong {
  const names = answer.split(',').map((name) => name.trim())
  const wrong = names.find((name) => Setup.columnNamed(table, name) === undefined)
  if (wrong !== undefined) return noColumn(table, wrong)
  return names.map((name) => Setup.columnNamed(table, name)?.name as string)
}

function noColumn({ columns }: Setup.Table, answer: string): Wrong {
  const names = columns.map(({ name }) => name)
  if (answer === '?') return wrong(columns.map(({ name, type }) => `${name} ${type}`).join(', '))
  const words = answer.toLowerCase().match(/[a-z0-9]{3,}/g) ?? []
  const isAlike = (name: string): boolean =>
    words.some((word) => name.includes(word)) ||
    name.split('_').some((part) => part.length > 3 && answer.toLowerCase().includes(part))
  const alike = names.filter((name) => isAlike(name.toLowerCase()))
  const shown = alike.length > 0 ? alike : names
  const more = shown.length > listed ? ` ... ("?" lists all ${names.length})` : ''
  return wrong(
    `There is no column "${answer}". ${alike.length > 0 ? 'Like it' : 'There are'}: ${shown.slice(0, listed).join(', ')}${more}`,
  )
}
