import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Catalogue } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import { readCatalogueFile } from '@medrec/node/setup'
import { UsageError } from '../output.ts'
import { askUntil, type Wrong, wrong } from './askUntil.ts'
import type { Connected, Session } from './Session.ts'

/** Asks what the institution is called: on screens, and in the names of its schemas. */
export async function askName({ dialog, answers, folder, learn }: Session): Promise<void> {
  const name = await askUntil(dialog, {
    ...{ key: 'name', question: 'Name of the institution', proposal: requestedName(folder) },
    told: answers.name,
    read: (answer) => (answer.length <= 80 ? answer : wrong('At most 80 characters.')),
  })
  const short = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  learn({ name, institution: answers.institution ?? (short === '' ? 'institution' : short) })
}

/** Asks which tables must never be readable, and which records are sensitive. */
export async function askExclusions(
  session: Session,
  { source }: Connected,
  schema: Setup.Schema | undefined,
): Promise<void> {
  const { dialog, answers, learn } = session
  dialog.tell('\n3/6  What must stay')
  if (answers.exclusions === undefined) {
    const before = answers.draft?.before?.exclusions
    const proposed = before ?? schema?.proposal.exclusions ?? []
    const exclusions = await askUntil(dialog, {
      key: 'exclusions',
      question: 'Tables that must never be readable (with commas between them; "none")',
      proposal: proposed.map(({ table }) => table).join(', ') || 'none',
      read: (answer) => (answer === 'none' ? [] : exclusionsOf(answer, proposed, schema)),
    })
    learn({ exclusions: [...exclusions] })
  }
  if (answers.sensitivity === undefined) {
    const kinds = kindsIn(answers.mapping, source)
    const sensitivity = await askUntil(dialog, {
      key: 'sensitivity',
      question: `Sensitive kinds of records, left out of shares unless chosen (NAME=R restricted, NAME=V very restricted; "none"${kinds.length > 0 ? `; names: ${kinds.join(', ')}` : ''})`,
      proposal: sensitivityText(answers.draft?.before?.sensitivity, kinds),
      read: (answer) => (answer === 'none' ? {} : sensitivityOf(answer, kinds)),
    })
    learn({ sensitivity })
  }
  dialog.tell(staysText(session.answers))
}

/** Labels as they are typed; of kinds that are no longer shared none. */
function sensitivityText(labels: Setup.Sensitivity = {}, kinds: readonly string[]): string {
  const texts = Object.entries(labels)
    .filter(([name]) => kinds.length === 0 || kinds.includes(name))
    .map(([name, label]) => `${name}=${label}`)
  return texts.join(', ') || 'none'
}

function staysText({ exclusions = [], sensitivity = {} }: Session['answers']): string {
  const labels = Object.entries(sensitivity).map(([name, label]) => `${name}=${label}`)
  return `Never readable: ${exclusions.map(({ table }) => table).join(', ') || 'nothing named'}. Sensitive: ${labels.join(', ') || 'nothing named'}.`
}

/** The name in the request to join, if this folder has one. */
function requestedName(folder: string): string | undefined {
  const file = join(folder, 'request.json')
  if (!existsSync(file)) return undefined
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }
    return typeof name === 'string' && name.length <= 80 ? name : undefined
  } catch {
    return undefined // a damaged request is only a missing proposal here
  }
}

function kindsIn(
  mapping: Session['answers']['mapping'],
  { engine }: Connected['source'],
): readonly string[] {
  if (typeof mapping === 'object') return mapping.resources.map(({ name }) => name)
  if (mapping === undefined || !Setup.mappingsFor(engine, []).names.includes(mapping)) return []
  return Setup.kindsOf(mapping, engine).map(({ name }) => name)
}

/** The catalogue of what was answered; a mapping of one's own is checked on the data. Throws MappingError, CatalogueError. */
export function catalogueOf(
  { answers }: Session,
  { source }: Connected,
  schema: Setup.Schema | undefined,
): Promise<Catalogue> {
  const { mapping, exclusions = [], sensitivity, name = '', institution = '' } = answers
  if (mapping === undefined) throw new UsageError('There is no mapping.')
  return Setup.settleCatalogue(
    { mapping, exclusions, sensitivity, name, institution },
    { source, schema, named: (file) => readCatalogueFile(resolve(file)) },
  )
}

function exclusionsOf(
  answer: string,
  proposed: Setup.Exclusions,
  schema: Setup.Schema | undefined,
): Setup.Exclusions | Wrong {
  const named = answer
    .split(',')
    .map((table) => table.trim())
    .filter((table) => table !== '')
  const { tables = [] } = schema ?? {}
  const unknown = named.find((name) => schema && !Setup.tableNamed(tables, name))
  if (unknown !== undefined)
    return wrong(`There is no table "${unknown}". Tables: ${tables.map(Setup.placeOf).join(', ')}`)
  return named.map((name) => {
    const found = Setup.tableNamed(tables, name)
    const table = found ? Setup.placeOf(found) : name
    return (
      proposed.find((known) => known.table === table) ?? {
        ...{ table, reason: 'Stays at the institution' },
      }
    )
  })
}

function sensitivityOf(
  answer: string,
  kinds: readonly string[],
): Record<string, 'N' | 'R' | 'V'> | Wrong {
  const labels: Record<string, 'N' | 'R' | 'V'> = {}
  for (const part of answer.split(',')) {
    const [, name = '', label] = /^\s*([a-z0-9_]+)\s*=\s*([NRV])\s*$/.exec(part) ?? []
    if (label === undefined || (kinds.length > 0 && !kinds.includes(name)))
      return wrong(
        `A sensitivity is written as ${kinds[0] ?? 'NAME'}=R or ${kinds[0] ?? 'NAME'}=V, with commas between them${kinds.length > 0 ? `; names: ${kinds.join(', ')}` : ''}.`,
      )
    labels[name] = label as 'N' | 'R' | 'V'
  }
  return labels
}
