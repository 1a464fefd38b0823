import { fromHex, type Hex, MalformedError, toHex, updateTag } from '@medrec/protocol'
import { type Letter, peerOf, seal } from './letters.ts'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import type { RelationshipState } from './state.ts'
import type { Submission } from './submission.ts'

/** A new pointer, as its note tells the subject of it (docs/protocol.md 6). */
export type NewPointer = {
  readonly pointer: Hex
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly querySalt: Hex
  readonly query: string
  readonly result: Hex
  readonly resource: string
  /** Address of the gatekeeper. */
  readonly place: string
  readonly version: number
  /** Unix seconds */
  readonly time: number
}

/** Notes that go into one record of a batch. */
const perRecord = 15

/**
 * Tells the subject of new pointers, in as few records as they fit in. `after`: the submission of the
 * proposal, when both are new; then the relationship's subject is named too. Pointers that the outbox told
 * her of before are left out.
 */
export async function announce(
  participant: Participant,
  options: {
    readonly relationship: Hex
    readonly subject: Hex
    readonly pointers: readonly NewPointer[]
    readonly after?: Submission | undefined
  },
): Promise<readonly Submission[]> {
  const { relationship, subject, after } = options
  let counter = participant.nextCounter(subject)
  const submissions: Submission[] = []
  let letter: Letter = { notes: [], reserved: undefined }
  let named: Hex[] = []
  const send = async (): Promise<void> => {
    const about = { kind: 'pointer', relationship, pointers: named }
    submissions.push(await participant.outbox.add({ about, ...letter, after: after?.id }))
    letter = { notes: [], reserved: undefined }
    named = []
  }
  const told = toldBefore(participant, relationship)
  for (const pointer of options.pointers.filter(({ pointer: id }) => !told.has(id))) {
    const next = seal(participant, subject, contentOf(relationship, pointer), {
      signed: true,
      counter,
    })
    counter += next.notes.length
    if (letter.notes.length + next.notes.length > perRecord) await send()
    letter = { notes: [...letter.notes, ...next.notes], reserved: next.reserved }
    named.push(pointer.pointer)
  }
  if (letter.notes.length > 0) await send()
  return submissions
}

/** Posts `updates` one-time tags, one for each new version of a pointer (docs/protocol.md 5): nothing else shows. */
export async function update(
  participant: Participant,
  options: { readonly relationship: Hex; readonly updates?: number },
): Promise<Submission> {
  const state = Relationship.of(participant, options.relationship, 'steward')
  const { pair } = peerOf(participant, state.subject)
  const first = nextUpdate(participant, state)
  const count = options.updates ?? 1
  if (count < 1) throw new MalformedError('at least one update')
  const tags = Array.from({ length: count }, (_, i) =>
    toHex(updateTag(pair.mine, fromHex(state.id), first + i)),
  )
  return participant.outbox.add({
    about: { kind: 'update', relationship: state.id, last: first + count - 1 },
    tags,
    effect: { kind: 'tags', tags },
  })
}

/** Posts what is missing of the update tags up to number `last`: asked for twice, each goes out once. */
export async function updateUpTo(
  participant: Participant,
  options: { readonly relationship: Hex; readonly last: number },
): Promise<void> {
  const { relationship, last } = options
  const next = nextUpdate(participant, Relationship.of(participant, relationship, 'steward'))
  if (next <= last) await update(participant, { relationship, updates: last - next + 1 })
}

/** Number of the next update tag: above those on chain and those in the outbox. */
function nextUpdate(participant: Participant, state: RelationshipState): number {
  const waiting = participant.outbox
    .pending()
    .flatMap(({ about }) =>
      about.kind === 'update' && about['relationship'] === state.id ? [Number(about['last'])] : [],
    )
  return Math.max(state.updates, ...waiting) + 1
}

/** Pointers of a relationship whose notes were handed to the outbox, and not in vain. */
function toldBefore(participant: Participant, relationship: Hex): ReadonlySet<unknown> {
  return new Set(
    participant.outbox
      .all()
      .filter(
        ({ about, state }) =>
          about.kind === 'pointer' &&
          about['relationship'] === relationship &&
          state !== 'rejected',
      )
      .flatMap(({ about }) => about['pointers'] ?? []),
  )
}

function contentOf(relationship: Hex, pointer: NewPointer): Parameters<typeof seal>[2] {
  return {
    kind: 'pointer',
    relationship: fromHex(relationship, 32),
    pointer: fromHex(pointer.pointer, 16),
    category: pointer.category,
    schema: pointer.schema,
    catalogue: pointer.catalogue,
    querySalt: fromHex(pointer.querySalt, 16),
    query: pointer.query,
    result: fromHex(pointer.result, 32),
    resource: pointer.resource,
    place: pointer.place,
    version: pointer.version,
    time: pointer.time,
  }
}
