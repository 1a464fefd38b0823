import type { Submission } from '@medrec/library'
import {
  fromHex,
  type Hex,
  indexPointer,
  MedrecError,
  mapKey,
  origins,
  queryHash,
  random,
  toHex,
} from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import { type Core, turnOf } from './Core.ts'
import {
  type Definition,
  definitionOf,
  definitionText,
  queryText,
  type Resource,
} from './catalogue.ts'
import type { PointerRow, RelationshipRow } from './map/PointerMap.ts'
import { dropLeftParts } from './parts/makeParts.ts'
import { isTooLarge, readVersion } from './parts/readVersion.ts'
import { proposalOf } from './wishes.ts'

/** Whom to enrol. `localPatient`: her id in the institution's own database. */
export type EnrolOptions = {
  readonly localPatient: string
  readonly subjectTag: Hex
  readonly policy?: 'subjectOnly' | 'dualConsent'
  /** She showed this key at our desk. */
  readonly shownAtDesk?: boolean
  readonly restored?: boolean
}

/** Whoever sends proposals and notes takes this turn: sent twice, the second would be refused with all after it. */
export const sendingTurn = 'sending'

export type Enrolled = Submission & { readonly relationship: Hex }

/**
 * Proposes stewardship of a patient's records to her, with a pointer for each resource that has rows (paper,
 * Figure 2, steps 2-3). All of it is in our tables before anything is sent; the same enrolment again is the
 * same relationship. Throws PatientUnknownError, NotAttestedError, UnknownParticipantError.
 */
export function enrol(core: Core, options: EnrolOptions): Promise<Enrolled> {
  return core.exclusive(turnOf(options.localPatient), async () => {
    await requirePatient(core, options.localPatient)
    const enrolled = await core.exclusive(sendingTurn, async () => {
      const row = liveRelationship(core, options) ?? (await begin(core, options))
      const submission = row.proposed ? undefined : await sendProposal(core, row)
      await announcePointers(core, submission)
      return { ...(submission ?? done(row)), relationship: toHex(row.id) }
    })
    core.changed()
    return enrolled
  })
}

/** Pointers for more resources of a relationship, with what the data say now. */
export async function addPointers(
  core: Core,
  row: RelationshipRow,
  resources: readonly Resource[],
): Promise<void> {
  const fresh = await readPointers(core, row, resources)
  core.map.change(() => keepPointers(core, row, fresh))
}

type Fresh = Parameters<Core['map']['addPointers']>[1][number] & { readonly definition: Definition }

function keepPointers(core: Core, row: RelationshipRow, fresh: readonly Fresh[]): void {
  for (const { definition } of fresh)
    PointerTables.keepDefinition(core.database, {
      digest: definition.digest,
      catalogue: definition.catalogue,
      json: definitionText(definition),
    })
  core.map.addPointers(toHex(row.id), fresh)
}

async function readPointers(
  core: Core,
  row: RelationshipRow,
  resources: readonly Resource[],
): Promise<readonly Fresh[]> {
  const fresh: Fresh[] = []
  for (const resource of resources) {
    const definition = definitionOf(core.catalogue, resource)
    const pointer = pointerOf(row, definition)
    const version = {
      version: 1,
      origin: row.restored ? origins.restored : origins.writePath,
      reason: null,
    }
    const owner = row.localPatient
    const made = await readVersion(core, { pointer, definition, owner, ...version }).catch(
      async (error: unknown) => {
        // Nothing comes of those before either, and nobody would ever find their parts.
        for (const left of [...fresh.map((one) => one.pointer), pointer])
          await dropLeftParts(core, left)
        throw error
      },
    )
    fresh.push({ pointer, definition, version: { ...version, ...made, staff: null } })
  }
  return fresh
}

/** Hands to the outbox every pointer note that is not there yet. */
export async function announcePointers(core: Core, after?: Submission): Promise<void> {
  const byRelationship = new Map<Hex, PointerRow[]>()
  for (const pointer of PointerTables.unannouncedPointers(core.database)) {
    const id = toHex(pointer.relationship)
    byRelationship.set(id, [...(byRelationship.get(id) ?? []), pointer])
  }
  for (const [relationship, pointers] of byRelationship) {
    const row = core.map.relationship(relationship) as RelationshipRow
    await core.wishes.announce({
      relationship,
      subject: toHex(row.subjectTag),
      pointers: pointers.map((pointer) => noteOf(core, pointer)),
      after,
    })
    core.database.transaction(() => {
      for (const { id } of pointers) PointerTables.markPointerAnnounced(core.database, id)
    })
  }
}

/** Hands a relationship's proposal to the outbox, and notes it. */
export async function sendProposal(core: Core, row: RelationshipRow): Promise<Submission> {
  const submission = await core.wishes.propose(proposalOf(row, core.steward))
  core.map.markProposed(toHex(row.id))
  return submission
}

async function begin(core: Core, options: EnrolOptions): Promise<RelationshipRow> {
  const { localPatient, subjectTag, policy = 'subjectOnly' } = options
  const proposal = core.wishes.prepare({
    subject: subjectTag,
    policy,
    shownAtDesk: options.shownAtDesk ?? false,
    restored: options.restored ?? false,
  })
  const { terms } = proposal
  const id = fromHex(proposal.relationship, 32)
  const row: RelationshipRow = {
    id,
    localPatient,
    subjectTag: terms.subjectTag,
    stewardVersion: terms.stewardVersion,
    subjectVersion: terms.subjectVersion,
    nonce: fromHex(proposal.nonce, 16),
    salt: terms.salt,
    policy: terms.policy,
    consent: terms.consent,
    stewardController: fromHex(proposal.controllers.steward, 20),
    subjectController: fromHex(proposal.controllers.subject, 20),
    indexKey: mapKey(terms.salt, id, indexPointer),
    restored: proposal.restored,
    proposed: false,
    createdAt: core.clock(),
  }
  const resources = await resourcesWithRows(core, localPatient)
  const fresh = await readPointers(core, row, resources)
  // Together: a relationship that a crash left without its pointers would be proposed without them.
  core.map.change(() => {
    core.map.addRelationship(row)
    keepPointers(core, row, fresh)
  })
  return row
}

async function resourcesWithRows(core: Core, localPatient: string): Promise<readonly Resource[]> {
  const found: Resource[] = []
  for (const resource of core.catalogue.resources) {
    if (await hasRows(core, definitionOf(core.catalogue, resource), localPatient))
      found.push(resource)
  }
  return found
}

async function hasRows(core: Core, definition: Definition, owner: string): Promise<boolean> {
  try {
    return (await core.adapter.columns(definition, owner)).count > 0
  } catch (error) {
    if (isTooLarge(error)) return true
    throw error
  }
}

async function requirePatient(core: Core, localPatient: string): Promise<void> {
  const found = await core.adapter.people('byId', localPatient)
  if (!found.some(({ id }) => id === localPatient)) throw new PatientUnknownError()
}

/** A relationship of these two that is not ended and speaks of her present keys. */
function liveRelationship(core: Core, options: EnrolOptions): RelationshipRow | undefined {
  const view = core.chain.view()
  const version = view.entry(options.subjectTag)?.version
  return [...core.map.relationships()].find((row) => {
    const status = view.relationship(toHex(row.id))?.status ?? 'proposed'
    return (
      row.localPatient === options.localPatient &&
      toHex(row.subjectTag) === options.subjectTag &&
      row.subjectVersion === version &&
      ['none', 'proposed', 'accepted'].includes(status)
    )
  })
}

function pointerOf(row: RelationshipRow, definition: Definition): PointerRow {
  const id = random(16)
  const query = queryText(definition, row.localPatient)
  const querySalt = random(16)
  return {
    id,
    relationship: row.id,
    resource: definition.resource,
    category: definition.category,
    schema: definition.schema,
    catalogue: definition.catalogue,
    definition: definition.digest,
    key: mapKey(row.salt, row.id, id),
    secret: random(32),
    query,
    querySalt,
    queryHash: queryHash(querySalt, query),
  }
}

function noteOf(
  core: Core,
  pointer: PointerRow,
): Parameters<Core['wishes']['announce']>[0]['pointers'][number] {
  const version = core.map.version(toHex(pointer.id))
  return {
    pointer: toHex(pointer.id),
    category: pointer.category,
    schema: pointer.schema,
    catalogue: pointer.catalogue,
    querySalt: toHex(pointer.querySalt),
    query: pointer.query,
    result: toHex(version?.result ?? new Uint8Array(32)),
    resource: pointer.resource,
    place: core.place,
    version: version?.version ?? 1,
    time: version?.time ?? core.clock(),
  }
}

/** An enrolment that was sent before. */
function done(row: RelationshipRow): Submission {
  return {
    id: toHex(row.id),
    state: () => 'mined',
    until: async () => ({ state: 'mined' }),
  }
}

/** The institution's database has no such patient. */
export class PatientUnknownError extends MedrecError {
  readonly code = 'PATIENT_UNKNOWN'
  constructor() {
    super("The institution's database has no patient with this id.")
  }
}
