import {
  type Account,
  type AnchorFiller,
  anchorFiller,
  type Domain,
  fromHex,
  type Hex,
  hiddenHash,
  indexLeafHash,
  MerkleMap,
  type Origin,
  origins,
  pointerLeafHash,
  type ResultTree,
  signStatement,
  toHex,
} from '@medrec/protocol'
import {
  AnchorTables,
  type NodeDatabase,
  PointerTables,
  RelationshipTables,
} from '@medrec/records/node'
import { entriesRoot } from './indexEntries.ts'

export type RelationshipRow = RelationshipTables.RelationshipRow
export type PointerRow = PointerTables.PointerRow
export type VersionRow = Omit<PointerTables.VersionRow, 'texts'>
export type IndexRow = PointerTables.IndexRow

/** The map as one anchor committed to it. */
export type Snapshot = {
  readonly counter: number
  readonly map: MerkleMap.MerkleMap
  readonly versions: ReadonlyMap<Hex, VersionRow>
  readonly indexes: ReadonlyMap<Hex, IndexRow>
}

/** What a new version says beside its result. */
export type NewVersion = {
  readonly tree: Pick<ResultTree, 'root' | 'texts'>
  readonly rows: number
  /** Of a result that no one answer holds: how many parts were kept, and what any change of its rows changes. */
  readonly parts?: number | undefined
  readonly mark?: Uint8Array | undefined
  readonly origin: Origin
  readonly reason: string | null
  readonly staff: string | null
}

/** Where the access log of a relationship stands. */
export type LogHead = { readonly head: Uint8Array; readonly length: number }

type Options = {
  readonly database: NodeDatabase
  readonly domain: Domain
  readonly anchorAccount: Account
  /** Longest time from a write to its anchor that a pending leaf promises, in seconds. */
  readonly delay: number
  readonly clock: () => number
  readonly logHead: (relationship: Hex) => LogHead
}

const zeros = new Uint8Array(32)
/** Snapshots kept: the newest, the one in flight, and some that a reorganisation may bring back. */
const keptSnapshots = 8

/** An institution's pointer map with all that stands behind it; rebuilt from the database at start (docs/protocol.md 6). */
export class PointerMap {
  readonly #options: Options
  readonly #relationships = new Map<Hex, RelationshipRow>()
  readonly #pointers = new Map<Hex, PointerRow>()
  readonly #ofRelationship = new Map<Hex, PointerRow[]>()
  readonly #firstIndex = new Map<Hex, number>()
  readonly #versions = new Map<Hex, VersionRow>()
  readonly #unexplained = new Map<Hex, number>()
  readonly #indexes = new Map<Hex, IndexRow>()
  readonly #snapshots = new Map<Hex, Snapshot>()
  #map: MerkleMap.MerkleMap = MerkleMap.empty

  constructor(options: Options) {
    this.#options = options
    this.#read()
  }

  /** Reads everything from the database. */
  #read(): void {
    const { database } = this.#options
    for (const known of [this.#relationships, this.#pointers, this.#ofRelationship]) known.clear()
    for (const known of [this.#firstIndex, this.#versions, this.#unexplained]) known.clear()
    for (const known of [this.#indexes, this.#snapshots]) known.clear()
    for (const row of RelationshipTables.all(database)) this.#relationships.set(toHex(row.id), row)
    for (const row of PointerTables.allPointers(database)) this.#keepPointer(row)
    for (const row of PointerTables.newestVersions(database)) this.#keepVersion(row)
    for (const { pointer, version } of PointerTables.newestOfOrigin(database, origins.unexplained))
      this.#unexplained.set(toHex(pointer), version)
    for (const [pointer] of this.#pointers) this.#readFirstIndex(pointer)
    for (const row of PointerTables.newestIndexes(database)) this.#keepIndex(row)
    const anchors = AnchorTables.newest(database, keptSnapshots)
    this.#map = this.#mapOf(this.#versions, this.#indexes, anchors[0]?.counter)
    for (const { counter } of anchors.toReversed()) this.#rebuildSnapshot(counter)
  }

  /** Changes that stand or fall together; where the disk refuses them, we know again what it holds. */
  change<T>(work: () => T): T {
    try {
      return this.#options.database.transaction(work)
    } catch (error) {
      this.#read()
      throw error
    }
  }

  relationships(): Iterable<RelationshipRow> {
    return this.#relationships.values()
  }
  relationship(id: Hex): RelationshipRow | undefined {
    return this.#relationships.get(id)
  }
  pointer(id: Hex): PointerRow | undefined {
    return this.#pointers.get(id)
  }
  /** Pointers of a relationship, sorted by id. */
  pointersOf(relationship: Hex): readonly PointerRow[] {
    return this.#ofRelationship.get(relationship) ?? []
  }
  version(pointer: Hex): VersionRow | undefined {
    return this.#versions.get(pointer)
  }
  /** The last version of a pointer that changed for no recorded reason; 0 when there is none. */
  unexplainedVersion(pointer: Hex): number {
    return this.#unexplained.get(pointer) ?? 0
  }
  index(relationship: Hex): IndexRow | undefined {
    return this.#indexes.get(relationship)
  }
  root(): Uint8Array {
    return this.#map.root
  }
  /** The map under a root that we posted. */
  snapshot(root: Hex): Snapshot | undefined {
    return this.#snapshots.get(root)
  }

  /** Pointers that an index leaf speaks of, sorted by id. */
  pointersIn(index: IndexRow): readonly PointerRow[] {
    return this.pointersOf(toHex(index.relationship)).filter(
      ({ id }) => (this.#firstIndex.get(toHex(id)) ?? Number.POSITIVE_INFINITY) <= index.number,
    )
  }

  addRelationship(row: RelationshipRow): void {
    RelationshipTables.insert(this.#options.database, row)
    this.#relationships.set(toHex(row.id), row)
  }

  markProposed(id: Hex): void {
    const row = this.#relationships.get(id)
    if (!row) return
    RelationshipTables.markProposed(this.#options.database, row.id)
    this.#relationships.set(id, { ...row, proposed: true })
  }

  /** New pointers with their first versions, and the index leaf that contains them; all or nothing. */
  addPointers(
    relationship: Hex,
    fresh: readonly { readonly pointer: PointerRow; readonly version: NewVersion }[],
  ): void {
    const { database } = this.#options
    this.change(() => {
      const number = (this.#indexes.get(relationship)?.number ?? 0) + 1
      for (const { pointer } of fresh) {
        PointerTables.insertPointer(database, pointer)
        this.#keepPointer(pointer)
        this.#firstIndex.set(toHex(pointer.id), number)
      }
      for (const { pointer, version } of fresh) this.#insertVersion(pointer, version, number, 0)
      this.#insertIndex(relationship, number, this.#indexes.get(relationship)?.updates ?? 0)
    })
  }

  /** A new version of a pointer and the index leaf that goes with it; all or nothing. */
  addVersion(id: Hex, version: NewVersion): VersionRow {
    const pointer = this.#pointers.get(id) as PointerRow
    const relationship = toHex(pointer.relationship)
    const index = this.#indexes.get(relationship) as IndexRow
    const updates = index.updates + 1
    return this.change(() => {
      const row = this.#insertVersion(pointer, version, index.number + 1, updates)
      this.#insertIndex(relationship, index.number + 1, updates)
      return row
    })
  }

  /** New index leaves for relationships whose access log has grown. */
  refreshIndexes(): void {
    for (const [relationship, index] of this.#indexes)
      if (this.#options.logHead(relationship).length > index.logLength)
        this.#insertIndex(relationship, index.number + 1, index.updates)
  }

  /** What makes the anchor with this counter differ from the one before (docs/protocol.md section 6). */
  filler(counter: number): AnchorFiller {
    const { anchorAccount, domain } = this.#options
    return anchorFiller(anchorAccount.privateKey, fromHex(domain.salt, 32), counter)
  }

  /** Remembers the map as it is now, with the anchor's filler, as what that anchor will commit to. */
  takeSnapshot(counter: number): Snapshot {
    const { key, leaf } = this.filler(counter)
    this.#map = MerkleMap.set(this.#map, key, leaf)
    const snapshot = {
      counter,
      map: this.#map,
      versions: new Map(this.#versions),
      indexes: new Map(this.#indexes),
    }
    this.#keepSnapshot(snapshot)
    return snapshot
  }

  /** The signed promise to anchor a leaf together with an index leaf (docs/protocol.md 6). */
  promise(leaf: Uint8Array, index: Uint8Array, time: number): Promised {
    const { delay, anchorAccount, domain } = this.#options
    const statement = { leaf, index, time, delay }
    return {
      time,
      delay,
      signature: toHex(signStatement(anchorAccount, domain, 'Pending', statement)),
    }
  }

  indexNumbered(relationship: Hex, number: number): IndexRow | undefined {
    const newest = this.#indexes.get(relationship)
    if (!newest || newest.number === number) return newest
    return PointerTables.indexOf(this.#options.database, newest.relationship, number)
  }

  #insertVersion(
    pointer: PointerRow,
    { tree, rows, origin, reason, staff, parts = 0, mark }: NewVersion,
    indexNumber: number,
    updateNumber: number,
  ): VersionRow {
    const before = this.#versions.get(toHex(pointer.id))
    const version = (before?.version ?? 0) + 1
    const time = this.#options.clock()
    const previous = before?.leaf ?? zeros
    const leaf = pointerLeafHash(pointer.key, {
      relationship: pointer.relationship,
      pointer: pointer.id,
      version,
      previous,
      origin,
      category: pointer.category,
      schema: pointer.schema,
      catalogue: pointer.catalogue,
      query: pointer.queryHash,
      result: tree.root,
      time,
    })
    const row: VersionRow = {
      pointer: pointer.id,
      version,
      previous,
      origin,
      result: tree.root,
      time,
      leaf,
      reason,
      staff,
      rows,
      indexNumber,
      updateNumber,
      anchor: null,
      parts,
      mark: mark ?? null,
    }
    const texts = JSON.stringify(tree.texts)
    PointerTables.insertVersion(this.#options.database, { ...row, texts })
    this.#keepVersion(row)
    this.#map = MerkleMap.set(this.#map, pointer.key, leaf)
    return row
  }

  #insertIndex(relationship: Hex, number: number, updates: number): void {
    const row = this.#relationships.get(relationship) as RelationshipRow
    const before = this.#indexes.get(relationship)
    const pointers = this.pointersOf(relationship)
    const log = this.#options.logHead(relationship)
    const hidden = hiddenHash(row.salt, { updates, logHead: log.head, logLength: log.length })
    const content = {
      relationship: row.id,
      size: pointers.length,
      entries: entriesRoot(pointers),
      hidden,
      previous: before?.leaf ?? zeros,
    }
    const leaf = indexLeafHash(row.indexKey, content)
    const index: IndexRow = {
      ...content,
      number,
      updates,
      logHead: log.head,
      logLength: log.length,
      leaf,
      time: this.#options.clock(),
      anchor: null,
    }
    PointerTables.insertIndex(this.#options.database, index)
    this.#keepIndex(index)
    this.#map = MerkleMap.set(this.#map, row.indexKey, leaf)
  }

  #keepPointer(row: PointerRow): void {
    const relationship = toHex(row.relationship)
    const others = this.#ofRelationship.get(relationship) ?? []
    this.#ofRelationship.set(
      relationship,
      [...others, row].toSorted((a, b) => (toHex(a.id) < toHex(b.id) ? -1 : 1)),
    )
    this.#pointers.set(toHex(row.id), row)
  }

  #keepVersion(row: VersionRow): void {
    this.#versions.set(toHex(row.pointer), row)
    if (row.origin === origins.unexplained) this.#unexplained.set(toHex(row.pointer), row.version)
  }

  #keepIndex(row: IndexRow): void {
    this.#indexes.set(toHex(row.relationship), row)
  }

  #readFirstIndex(pointer: Hex): void {
    const row = this.#pointers.get(pointer) as PointerRow
    const first = PointerTables.versionOf(this.#options.database, row.id, 1)
    if (first) this.#firstIndex.set(pointer, first.indexNumber)
  }

  #keepSnapshot(snapshot: Snapshot): void {
    const root = toHex(snapshot.map.root)
    this.#snapshots.delete(root)
    this.#snapshots.set(root, snapshot)
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= keptSnapshots) break
      this.#snapshots.delete(oldest)
    }
  }

  #rebuildSnapshot(counter: number): void {
    const { database } = this.#options
    const versions = new Map(
      PointerTables.newestVersions(database, counter).map((row) => [toHex(row.pointer), row]),
    )
    const indexes = new Map(
      PointerTables.newestIndexes(database, counter).map((row) => [toHex(row.relationship), row]),
    )
    const map = this.#mapOf(versions, indexes, counter)
    this.#keepSnapshot({ counter, map, versions, indexes })
  }

  #mapOf(
    versions: Snapshot['versions'],
    indexes: Snapshot['indexes'],
    counter: number | undefined,
  ): MerkleMap.MerkleMap {
    const map = MerkleMap.of(this.#leaves(versions, indexes))
    if (counter === undefined) return map
    const { key, leaf } = this.filler(counter)
    return MerkleMap.set(map, key, leaf)
  }

  *#leaves(
    versions: ReadonlyMap<Hex, VersionRow>,
    indexes: ReadonlyMap<Hex, IndexRow>,
  ): Iterable<readonly [Uint8Array, Uint8Array]> {
    for (const [id, { leaf }] of versions) yield [(this.#pointers.get(id) as PointerRow).key, leaf]
    for (const [id, { leaf }] of indexes)
      yield [(this.#relationships.get(id) as RelationshipRow).indexKey, leaf]
  }
}

/** A signed promise as an answer carries it. */
export type Promised = { readonly time: number; readonly delay: number; readonly signature: Hex }
