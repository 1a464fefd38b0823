import {
  type Account,
  accountOf,
  type Domain,
  type Hex,
  indexPointer,
  keccak,
  mapKey,
  type Origin,
  type ResultTree,
  resultTree,
  signStatement,
  toHex,
  uint,
} from '@medrec/protocol'
import { type NodeDatabase, PointerTables } from '@medrec/records/node'
import type { Definition } from '../../packages/gatekeeper/src/catalogue.ts'
import type {
  PointerMap,
  PointerRow,
  RelationshipRow,
} from '../../packages/gatekeeper/src/map/PointerMap.ts'
import { places, pointersOf, relationsOf } from './history.ts'
import type { PointerPlan, Relation } from './plan.ts'

export const fieldNames = ['a', 'b', 'c', 'd', 'e'] as const
export const stewardTag: Uint8Array = name(1, 32)
export const subjectTag: Uint8Array = name(2, 32)
export const viewerTag: Uint8Array = name(3, 32)
export const anchorAccount: Account = accountOf(name(4, 32))

/** The keys of one share. */
export type ShareKeys = {
  readonly grant: Uint8Array
  readonly consent: Uint8Array
  readonly hash: Uint8Array
  /** By the consent key of either relationship. */
  readonly signatures: readonly Uint8Array[]
  /** What its slots should hold: 26 bytes in hex digits. */
  readonly holds: readonly [grant: string, consent: string]
}

/** What stands in the gatekeeper's tables for one place: two relationships with four pointers, and three shares. */
export type Place = {
  readonly rows: readonly RelationshipRow[]
  readonly ids: readonly Hex[]
  readonly pointers: readonly Uint8Array[]
  readonly pointerIds: readonly Hex[]
  readonly shares: readonly ShareKeys[]
}

/** The catalogue in all its versions: as many fields as the plans say. */
export const definitions: ReadonlyMap<string, Definition> = new Map(
  [0, 1].flatMap((number) => {
    const { category, schema, fieldsAt } = pointersOf(0)[number] as PointerPlan
    return fieldsAt.map((count, at) => {
      const digest = `${category}.${at + 1}`
      const fields = fieldNames
        .slice(0, count)
        .map((field, bit) => ({ bit, name: field, type: 'text' as const, label: field }))
      const source = { query: 'SELECT 1', ownerColumn: 'owner', recordKey: ['a'] }
      const kind = { digest, catalogue: at + 1, category, schema, fields }
      return [digest, { ...kind, ...source, resource: `category ${category}`, label: 'Rows' }]
    })
  }),
)

/** Fills the gatekeeper's tables. */
export function makePlaces(
  database: NodeDatabase,
  map: PointerMap,
  domain: Domain,
): readonly Place[] {
  for (const { digest, catalogue } of definitions.values())
    PointerTables.keepDefinition(database, { digest, catalogue, json: '{}' })
  return Array.from({ length: places }, (_, place) => {
    const keys = [0, 1].map((number) => accountOf(name(1_000 + place * 2 + number, 32)))
    const rows = relationsOf(place).map((relation) =>
      rowOf(relation, place, keys[relation.number] as Account),
    )
    const pointers = pointersOf(place).map(({ number }) => name(100_000 + place * 4 + number, 16))
    for (const [number, row] of rows.entries()) {
      map.addRelationship(row)
      const plans = pointersOf(place).filter(({ relation }) => relation === number)
      addPointers(map, row, plans, pointers)
    }
    // The last ones are the delegation's.
    const shares = [0, 1, 2, 3].map((number) => shareKeys(domain, place * 4 + number, keys))
    return {
      ...{ rows, pointers, shares },
      ids: rows.map(({ id }) => toHex(id)),
      pointerIds: pointers.map(toHex),
    }
  })
}

function rowOf(relation: Relation, place: number, consent: Account): RelationshipRow {
  const number = place * 2 + relation.number
  const [id, salt] = [name(10_000 + number, 32), name(20_000 + number, 32)]
  return {
    id,
    localPatient: 'P1',
    subjectTag,
    stewardVersion: relation.stewardVersion,
    subjectVersion: relation.subjectVersion,
    nonce: name(number, 16),
    salt,
    policy: relation.policy,
    consent: relation.policy === 0 ? new Uint8Array(20) : consent.address,
    stewardController: name(5, 20),
    subjectController: name(6, 20),
    indexKey: mapKey(salt, id, indexPointer),
    restored: false,
    proposed: true,
    createdAt: 0,
  }
}

function addPointers(
  map: PointerMap,
  row: RelationshipRow,
  plans: readonly PointerPlan[],
  ids: readonly Uint8Array[],
): void {
  const rows = plans.map((plan) => pointerRow(row, plan, ids[plan.number] as Uint8Array))
  const versionOf = (at: number, version: number) => {
    const isOdd = plans[at]?.unexplained === version
    const tree = treeOf(rows[at] as PointerRow, version)
    return { tree, rows: 1, origin: (isOdd ? 3 : 1) as Origin, reason: null, staff: null }
  }
  map.addPointers(
    toHex(row.id),
    rows.map((pointer, at) => ({ pointer, version: versionOf(at, 1) })),
  )
  for (const [at, { newest }] of plans.entries())
    for (let version = 2; version <= newest; version++)
      map.addVersion(toHex((rows[at] as PointerRow).id), versionOf(at, version))
}

function pointerRow(row: RelationshipRow, plan: PointerPlan, id: Uint8Array): PointerRow {
  const { category, schema, catalogue } = plan
  return {
    id,
    relationship: row.id,
    resource: `category ${category}`,
    category,
    schema,
    catalogue,
    definition: `${category}.${catalogue}`,
    key: mapKey(row.salt, row.id, id),
    secret: name(7, 32),
    query: 'rows',
    querySalt: name(8, 16),
    queryHash: name(9, 32),
  }
}

function treeOf(pointer: PointerRow, version: number): ResultTree {
  const { fields } = definitions.get(pointer.definition) as Definition
  const { id, category, schema, catalogue, secret } = pointer
  return resultTree({
    header: {
      ...{ pointer: id, version, category, schema, catalogue },
      ...{ labels: new Uint8Array(32), rows: 1, fields: fields.length },
      change: { origin: 1, reason: null },
    },
    fields,
    rows: [fields.map((field) => field.name)],
    pointerSecret: secret,
  })
}

function shareKeys(domain: Domain, number: number, signers: readonly Account[]): ShareKeys {
  const [grant, consent] = [name(30_000 + number, 20), name(40_000 + number, 20)]
  const hash = keccak(name(50_000 + number, 32))
  return {
    grant,
    consent,
    hash,
    signatures: signers.map((signer) =>
      signStatement(signer, domain, 'Consent', { slot: consent, grant, scope: hash }),
    ),
    // docs/protocol.md section 3: the first 26 bytes of the scope's hash, and of keccak(scope hash | slot address).
    holds: [firstBytes(hash), firstBytes(keccak(hash, consent))],
  }
}

function firstBytes(hash: Uint8Array): string {
  return toHex(hash).slice(2, 54)
}

/** Bytes that are one number's alone. */
function name(number: number, size: number): Uint8Array {
  return uint(0x7700000000n + BigInt(number), size)
}
