import {
  compare,
  type Hex,
  inclusionProof,
  indexPointer,
  MerkleMap,
  multiProof,
  type PointerLeaf,
  parseQuery,
  toHex,
} from '@medrec/protocol'
import {
  catalogue,
  fields,
  type IndexStep,
  type RecordKeeper,
  type Version,
} from './record.test-support.ts'
import { logHead } from './verifyIndex.ts'
import type { Answer, IndexAnswer, LogAnswer, PresentedShare } from './wire.ts'

/** What an honest institution answers, and what `tamper` makes of it. */
export function answer(record: RecordKeeper, path: string, body: Record<string, unknown>): unknown {
  if (path === '/index') {
    const whole = indexAnswer(record, body['since'] as Hex | undefined, !body['share'])
    const honest = body['share'] ? forViewer(record, whole, body['share'] as PresentedShare) : whole
    return record.tamper.index?.(honest) ?? honest
  }
  if (path === '/log') {
    const { pointers: _, ...index } = indexAnswer(record, undefined, true)
    const from = body['from'] as number
    const honest: LogAnswer = {
      relationship: record.relationship.id,
      from,
      before: record.texts.slice(0, from).reduce(logHead, `0x${'00'.repeat(32)}` as Hex),
      entries: record.texts.slice(from),
      index,
    }
    return record.tamper.log?.(honest) ?? honest
  }
  const honest = queryAnswer(record, body)
  return record.tamper.query?.(honest) ?? honest
}

function common(record: RecordKeeper): { subject: Hex; steward: Hex; relationship: Hex } {
  const { id, subject, terms } = record.relationship
  return { subject, steward: toHex(terms.stewardTag), relationship: id }
}

function anchorFacts(record: RecordKeeper): { counter: number; block: number; blockHash: Hex } {
  const { idTag } = record.participant.me() as { idTag: Hex }
  const anchor = record.participant.chain.view().anchor(idTag)
  return {
    counter: anchor?.counter ?? 0,
    block: anchor?.block.number ?? 0,
    blockHash: anchor?.block.hash ?? '0x',
  }
}

function pathOf(record: RecordKeeper, pointer: Uint8Array): readonly Hex[] {
  return (MerkleMap.path(record.map, record.key(pointer)) ?? []).map(toHex)
}

function queryAnswer(record: RecordKeeper, body: Record<string, unknown>): Answer {
  const { pointer, elements } = parseQuery(body['query'] as string)
  const versions = record.versions.get(toHex(pointer)) as Version[]
  const wanted = (body['version'] as number | undefined) ?? record.serveVersion ?? versions.length
  const version = versions[wanted - 1] as Version
  const tree = record.tree(pointer, wanted, version.rows, {
    origin: version.leaf.origin,
    reason: version.reason,
  })
  const asked = elements.map((name) => fields.findIndex((f) => f.name === name) + 1)
  const positions = [...new Set([0, ...asked])]
  const position = record.sorted().findIndex((other) => compare(other, pointer) === 0)
  const index = record.indexes.at(-1) as IndexStep
  const newest = versions.at(-1) as Version
  const paths = { path: pathOf(record, pointer), indexPath: pathOf(record, indexPointer) }
  return {
    ...common(record),
    pointer: toHex(pointer),
    key: toHex(record.key(pointer)),
    header: tree.texts[0] as string,
    size: fields.length + 1,
    leaves: positions.map((at) => ({
      position: at,
      salt: toHex(tree.salts[at] as Uint8Array),
      text: tree.texts[at] as string,
    })),
    proof: multiProof(tree.leaves, positions).map(toHex),
    leaf: leafJson(version.leaf),
    ...(wanted < versions.length && {
      later: versions.slice(wanted).map(({ leaf }) => leafJson(leaf)),
    }),
    index: {
      size: index.size,
      position,
      hidden: index.hidden,
      previous: index.previous,
      entries: inclusionProof(record.entryHashes(), position).map(toHex),
    },
    ...(record.pending
      ? { pending: record.promise(newest.hash) }
      : { anchored: { ...anchorFacts(record), ...paths } }),
    catalogue,
  }
}

function leafJson(leaf: PointerLeaf): Answer['leaf'] {
  const { version, origin, category, schema, catalogue: named, time } = leaf
  const [previous, query, result] = [leaf.previous, leaf.query, leaf.result].map(toHex)
  return {
    version,
    origin,
    category,
    schema,
    catalogue: named,
    time,
    previous,
    query,
    result,
  } as Answer['leaf']
}

/** What a viewer is told: the pointers that his scope names, and that they stand in the index. */
function forViewer(
  record: RecordKeeper,
  whole: IndexAnswer,
  { scope }: PresentedShare,
): IndexAnswer {
  const isNamed = ({ pointer }: { pointer: Hex }): boolean =>
    scope.entries.some((entry) => entry.pointer === pointer)
  const positions = whole.pointers.flatMap((pointer, at) => (isNamed(pointer) ? [at] : []))
  const proof = multiProof(record.entryHashes(), positions).map(toHex)
  return { ...whole, pointers: whole.pointers.filter(isNamed), shown: { positions, proof } }
}

function indexAnswer(
  record: RecordKeeper,
  since: Hex | undefined,
  isSubject: boolean,
): IndexAnswer {
  const { previous, size, entries, hidden } = record.indexes.at(-1) as IndexStep
  const start = record.indexes.findIndex((step) => step.previous === since)
  const current = since === toHex(record.indexHash())
  const chain = start < 0 ? [] : record.indexes.slice(start)
  return {
    ...common(record),
    size,
    entries,
    hidden,
    previous,
    pointers: record.sorted().map((pointer) => {
      const { leaf } = (record.versions.get(toHex(pointer)) as Version[]).at(-1) as Version
      const { category, schema, version, origin, time } = leaf
      const facts = { category, schema, version, origin, time, catalogue }
      return { pointer: toHex(pointer), key: toHex(record.key(pointer)), ...facts }
    }),
    ...(isSubject && {
      opened: { updates: record.updates, logHead: record.head, logLength: record.texts.length },
    }),
    ...(since &&
      (current || start >= 0) && {
        chain: chain.map((step) => ({
          size: step.size,
          entries: step.entries,
          hidden: step.hidden,
        })),
      }),
    ...(record.pending
      ? { pending: { leaf: toHex(record.indexHash()), ...record.promise(record.indexHash()) } }
      : { anchored: { ...anchorFacts(record), indexPath: pathOf(record, indexPointer) } }),
  }
}
