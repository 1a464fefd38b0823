import { type Hex, MalformedError, type Value } from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import * as Results from './Results.ts'
import type { EntryJson } from './Scopes.ts'

/** Fields that the subject ticked, of a pointer that she has read. */
export type Ticked = {
  readonly relationship: Hex
  readonly pointer: Hex
  readonly fields: readonly string[]
}

/** Exactly what a viewer will see of a pointer. */
export type Preview = {
  readonly relationship: Hex
  readonly pointer: Hex
  readonly resource: string
  readonly label: string
  readonly columns: readonly {
    readonly name: string
    readonly label: string
    readonly values: readonly Value[]
  }[]
}

/**
 * Entries of a scope out of ticked fields, by the catalogue version that the subject has seen. Throws
 * MalformedError for fields that she has not read.
 */
export async function entriesOf(
  participant: Participant,
  ticked: readonly Ticked[],
): Promise<readonly EntryJson[]> {
  const entries: EntryJson[] = []
  for (const { relationship, pointer, fields } of ticked) {
    const result = await read(participant, { relationship, pointer })
    const { catalogue, category, schema, columns } = result
    let mask = 0n
    for (const name of fields) {
      const field = catalogue.fields.find((known) => known.name === name)
      // What stands at a bit is proven by reading it; the list alone is the institution's word.
      if (!field || !columns.some((column) => column.name === name))
        throw new MalformedError('a field of the resource expected')
      mask |= 1n << BigInt(field.bit)
    }
    const [version, hex] = [catalogue.version, `0x${mask.toString(16)}` as Hex]
    entries.push({ pointer, category, schema, catalogue: version, mask: hex })
  }
  return entries
}

/** The rows exactly as the viewer will see them, out of our own cache. */
export async function preview(
  participant: Participant,
  ticked: readonly Ticked[],
): Promise<readonly Preview[]> {
  const previews: Preview[] = []
  for (const { relationship, pointer, fields } of ticked) {
    const { resource, label, columns } = await read(participant, { relationship, pointer })
    const shown = columns.filter(({ name }) => fields.includes(name))
    previews.push({
      relationship,
      pointer,
      resource,
      label,
      columns: shown.map(({ name, label: text, values }) => ({ name, label: text, values })),
    })
  }
  return previews
}

async function read(
  participant: Participant,
  of: { relationship: Hex; pointer: Hex },
): Promise<Results.Result> {
  const result = await Results.latest(participant, of)
  if (!result) throw new MalformedError('a record that was read before expected')
  return result
}
