import * as Setup from '@medrec/gatekeeper/setup'
import { askUntil, wrong } from './askUntil.ts'
import { askColumn, requireColumn } from './columns.ts'
import type { Dialog } from './Dialog.ts'

/**
 * Asks for the table of patients and its columns.
 * @param before what was answered the last time
 */
export async function pickPatients(
  dialog: Dialog,
  schema: Setup.Schema,
  before: Setup.MappedPatients | undefined,
): Promise<Setup.MappedPatients> {
  const { tables, proposal } = schema
  const table = await askTable(dialog, tables, before?.table ?? proposal.patients?.table)
  const last = before?.table === Setup.placeOf(table) ? before : undefined
  const guess = last ?? Setup.proposePatients(table, schema)
  const column = (question: string, found?: string): Promise<string> =>
    requireColumn(dialog, table, { question, proposal: found })
  const optional = (question: string, found = 'none'): Promise<string | undefined> =>
    askColumn(dialog, table, {
      ...{ question: `${question} ("none": there is none)`, proposal: found, isOptional: true },
    })
  const required = {
    table: Setup.placeOf(table),
    id: await column("Column with the patient's id", guess.id),
    given: await column('Given name', guess.given),
    family: await column('Family name', guess.family),
    birthDate: await column('Date of birth', guess.birthDate),
  }
  const gender = await optional('Gender', guess.gender)
  const nationalId = await optional(
    'Number by which the registrar finds people: national, insurance or passport number',
    guess.nationalId,
  )
  return {
    ...required,
    ...(gender !== undefined && { gender }),
    ...(nationalId !== undefined && { nationalId, ...(await askKind(dialog, nationalId, last)) }),
  }
}

/** Asks what the number is; all institutions have to say the same of it to find the same person. */
async function askKind(
  dialog: Dialog,
  column: string,
  before: Setup.MappedPatients | undefined,
): Promise<Pick<Setup.MappedPatients, 'idType' | 'idCountry'>> {
  const isSame = before?.nationalId === column
  const idType = await askUntil(dialog, {
    key: 'mapping.patients.idType',
    question:
      'What that number is, by the word that all institutions use (national-id, insurance-number, passport; record-number: your own)',
    proposal: (isSame ? before?.idType : undefined) ?? Setup.kindOfNumber(column),
    read: (answer) =>
      /^[a-z0-9-]{1,40}$/.test(answer) ? answer : wrong('Small letters, digits and hyphens.'),
  })
  if (idType === 'record-number') return { idType, idCountry: 'ZZ' }
  const idCountry = await askUntil(dialog, {
    key: 'mapping.patients.idCountry',
    question: 'Country that gave it, two letters (ISO 3166-1)',
    proposal: (isSame ? before?.idCountry : undefined) ?? 'US',
    read: (answer) =>
      /^[a-z]{2}$/i.test(answer) ? answer.toUpperCase() : wrong('Two letters, such as US.'),
  })
  return { idType, idCountry }
}

function askTable(
  dialog: Dialog,
  tables: readonly Setup.Table[],
  proposal: string | undefined,
): Promise<Setup.Table> {
  const names = `Tables: ${tables.map(Setup.placeOf).join(', ')}`
  dialog.tell(names)
  return askUntil(dialog, {
    ...{ key: 'mapping.patients', question: 'Table of patients', proposal },
    read: (answer) =>
      Setup.tableNamed(tables, answer) ?? wrong(`There is no table "${answer}". ${names}`),
  })
}
