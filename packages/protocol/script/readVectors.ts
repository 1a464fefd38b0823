import {
  blindedLogRoot,
  columnText,
  columnTexts,
  derive,
  type Field,
  type FieldList,
  grown,
  headerText,
  hiddenHash,
  hpkeSeal,
  inclusionProof,
  indexEntryHash,
  indexLeafHash,
  indexPointer,
  Keys,
  type LogTree,
  labelsHash,
  leafSalt,
  logTreeRoot,
  MerkleMap,
  mapKey,
  merkleRoot,
  multiProof,
  nextContent,
  nextLogHead,
  Oprf,
  origins,
  partedResult,
  partPath,
  partTree,
  pointerLeafHash,
  printQuery,
  queryHash,
  type ResultHeader,
  type Row,
  resultLeafHash,
  resultTree,
  schemaId,
  sha256,
  signRequest,
  signResponse,
  signStatement,
  sortRows,
  toBase64Url,
  uint,
  utf8,
} from '../src/index.ts'
import { counted, filled, ledger, network, networkId, steward, viewer } from './fixed.ts'

const termsSalt = counted(32, 0x20)
const relationship = filled(32, 0x61)
const pointers = [counted(16), counted(16, 1)]

/** Section 6. */
export function pointerMap(): unknown {
  const leaves = pointers.map((pointer, i) => {
    const key = mapKey(termsSalt, relationship, pointer)
    const leaf = {
      relationship,
      pointer,
      version: i + 1,
      previous: filled(32, i),
      origin: i === 0 ? origins.writePath : origins.unexplained,
      category: 5,
      schema: schemaId('labs'),
      catalogue: 1,
      query: queryHash(counted(16), 'labs'),
      result: filled(32, 0x70 + i),
      time: 1_800_000_000,
    }
    return { key, leaf, hash: pointerLeafHash(key, leaf) }
  })
  const entries = leaves.map(({ key, leaf: { pointer, category, schema } }) =>
    indexEntryHash({ pointer, category, schema, key }),
  )
  const opened = { updates: 3, logHead: filled(32, 0x44), logLength: 2 }
  const indexKey = mapKey(termsSalt, relationship, indexPointer)
  const index = {
    relationship,
    size: entries.length,
    entries: merkleRoot(entries),
    hidden: hiddenHash(termsSalt, opened),
    previous: filled(32, 0),
  }
  const hash = indexLeafHash(indexKey, index)
  const map = MerkleMap.of([
    [indexKey, hash],
    ...leaves.map((each) => [each.key, each.hash] as const),
  ])
  const pending = { leaf: leaves[0]?.hash, index: hash, time: 1_800_000_000, delay: 3_600 }
  return {
    termsSalt,
    leaves: leaves.map((each) => ({ ...each, path: MerkleMap.path(map, each.key) })),
    index: {
      key: indexKey,
      leaf: index,
      opened,
      entryHashes: entries,
      hash,
      path: MerkleMap.path(map, indexKey),
    },
    root: map.root,
    emptyRoot: MerkleMap.empty.root,
    pending: {
      ...pending,
      signature: signStatement(Keys.anchorKey(steward.keys), ledger, 'Pending', pending),
    },
  }
}

/** Section 7. */
export function results(): unknown {
  const fields: readonly Field[] = [
    { bit: 0, name: 'code', type: 'text' },
    { bit: 1, name: 'value', type: 'decimal' },
    { bit: 3, name: 'at', type: 'instant' },
  ]
  const unsorted: readonly Row[] = [
    ['Natrium', '141.0', '2026-11-21T08:00:00Z'],
    ['Kalium', null, '2026-11-21T08:00:00.120Z'],
  ]
  const rows = sortRows(unsorted, [0, 2])
  const list: FieldList = {
    version: 1,
    resource: 'labs',
    label: 'Test results',
    fields: fields.map((field) => ({ ...field, label: field.name.toUpperCase() })),
  }
  const header: ResultHeader = {
    pointer: counted(16),
    version: 2,
    category: 5,
    schema: schemaId('labs'),
    catalogue: 1,
    labels: labelsHash(list),
    rows: rows.length,
    fields: fields.length,
    change: { origin: 3, reason: 'wrong "value"' },
  }
  const pointerSecret = filled(32, 0x35)
  return {
    list,
    header,
    headerText: headerText(header),
    fields,
    unsorted,
    keyColumns: [0, 2],
    rows,
    pointerSecret,
    salts: [0, 1, 2, 3].map((position) =>
      leafSalt(pointerSecret, header.pointer, header.version, position),
    ),
    tree: resultTree({ header, fields, rows, pointerSecret }),
    column: columnText(fields[0] as Field, ['a', null]),
    leaf: { salt: counted(16), text: 'text', hash: resultLeafHash(counted(16), 'text') },
  }
}

/** Section 7.2: a result of four rows in three parts. */
export function parts(): unknown {
  const fields: readonly Field[] = [
    { bit: 0, name: 'code', type: 'text' },
    { bit: 1, name: 'value', type: 'decimal' },
    { bit: 2, name: 'note', type: 'text' },
  ]
  const cuts: readonly (readonly Row[])[] = [
    [
      ['A', '1.0', null],
      ['B', '2.0', 'x'],
    ],
    [['C', null, 'y']],
    [['D', '4.5', null]],
  ]
  const pointer = counted(16)
  const version = 2
  const pointerSecret = filled(32, 0x35)
  const places = cuts.map((cut, number) => ({
    ...{ number, from: cuts.slice(0, number).flat().length, rows: cut.length },
  }))
  const trees = places.map((place, i) => {
    const columns = columnTexts(fields, cuts[i] ?? [])
    return { place, columns, ...partTree({ pointer, version, place, columns, pointerSecret }) }
  })
  const header: ResultHeader = {
    ...{ pointer, version, category: 5, schema: schemaId('labs'), catalogue: 1 },
    ...{ labels: filled(32, 7), rows: 4, fields: 3, change: { origin: 1, reason: null }, parts: 3 },
  }
  const hashes = trees.map(({ hash }) => hash)
  const result = partedResult({ header, parts: hashes, pointerSecret })
  const headerLeaf = resultLeafHash(result.salt, result.text)
  return {
    fields,
    header,
    pointerSecret,
    result,
    parts: trees.map(({ leaves, ...tree }) => ({
      ...tree,
      leaves,
      path: partPath(headerLeaf, hashes, tree.place.number),
      shown: [0, 2],
      proof: multiProof(leaves, [0, 2]),
    })),
  }
}

/** Section 7.1: trees of one to nine leaves, and some larger ones. */
export function multiProofs(): unknown {
  const leavesOf = (size: number): readonly Uint8Array[] =>
    Array.from({ length: size }, (_, i) => sha256(uint(0, 1), uint(i, 4)))
  const cases: readonly (readonly [number, readonly number[]])[] = [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((size) => [size, [size - 1]] as const),
    [5, [0, 4]],
    [7, [1, 2, 6]],
    [9, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [33, [0, 16, 32]],
  ]
  return {
    leaf: 'H(0x00 | i u32)',
    cases: cases.map(([size, positions]) => {
      const leaves = leavesOf(size)
      return {
        size,
        positions,
        root: merkleRoot(leaves),
        proof: multiProof(leaves, positions),
        inclusion: positions.map((position) => inclusionProof(leaves, position)),
      }
    }),
  }
}

/** Section 8. */
export function requests(): unknown {
  const now = 1_800_000_000
  const authority = 'clinic.example:8443'
  const account = Keys.requestKey(viewer.keys, authority, now)
  const facts = {
    idTag: viewer.party.idTag,
    key: account.address,
    audience: authority,
    notBefore: now,
    expires: now + 86_400,
  }
  const body = utf8(
    `{"query":"${printQuery({ pointer: counted(16), elements: ['code', 'value'] })}"}`,
  )
  const request = {
    authority,
    method: 'POST' as const,
    path: '/query',
    contentType: 'application/json',
    body,
  }
  const { chainId } = network
  const headers = signRequest(request, account, { chainId, now, nonce: toBase64Url(counted(16)) })
  const answer = utf8('{"enc":"","ciphertext":""}')
  const response = {
    status: 200,
    contentType: 'application/json',
    body: answer,
    request,
    requestHeaders: headers,
  }
  const ephemeral = filled(32, 0x5a)
  const reply = viewer.keys.view
  const sealing = {
    info: utf8('medrec/v1/answer'),
    aad: filled(65, 0x1b),
    plain: utf8('{"subject":"0x"}'),
  }
  return {
    asker: viewer.keys.entropy,
    institution: steward.keys.entropy,
    statement: {
      ...facts,
      signature: signStatement(viewer.keys.identity, ledger, 'RequestKey', facts),
    },
    request: { ...request, body: new TextDecoder().decode(body), headers },
    response: {
      status: 200,
      body: new TextDecoder().decode(answer),
      headers: signResponse(response, Keys.anchorKey(steward.keys), { chainId, now: now + 1 }),
    },
    sealed: {
      reply,
      ephemeral,
      ...sealing,
      ...hpkeSeal({ publicKey: reply.publicKey, ephemeral, ...sealing }),
    },
  }
}

/** Section 8.4: heads of two chains and of an entry about nobody, the tree over the first three and over all. */
export function accessLogs(): unknown {
  const texts = [
    '{"time":1,"kind":"read","who":{}}',
    '{"time":2,"kind":"read","who":{}}',
    '{"time":3,"kind":"exported","who":{}}',
    '{"time":4,"kind":"refused","who":{},"code":"purpose"}',
  ]
  const none = filled(32, 0)
  const [first, second, exported] = texts.map((text) => nextLogHead(none, text)) as [
    ...[Uint8Array, Uint8Array, Uint8Array],
  ]
  const heads = [first, second, exported, nextLogHead(first, texts[3] as string)]
  const chains = [0, 1, null, 0]
  const [start, end] = [heads.slice(0, 3), heads].map((leaves) => leaves.reduce(grown, [])) as [
    ...[LogTree, LogTree],
  ]
  const blinding = counted(16)
  const lines = ['{"number":0}\n', '{"number":1}\n']
  const content = lines.reduce((before, line) => nextContent(before, utf8(line)), none)
  const value = { institution: steward.party.idTag, content }
  return {
    texts,
    chains,
    heads,
    start: { size: 3, tree: start.map(({ hash }) => hash), root: logTreeRoot(start) },
    end: {
      ...{ size: 4, root: logTreeRoot(end), blinding },
      logRoot: blindedLogRoot(logTreeRoot(end), { blinding }),
    },
    lines,
    ...value,
    entropy: steward.keys.entropy,
    signature: signStatement(Keys.anchorKey(steward.keys), ledger, 'AccessLog', value),
  }
}

/** Section 9. */
export function relays(): unknown {
  const day = 20_833
  const info = ['relay-token', viewer.party.idTag, uint(day, 4)]
  const id = derive({ secret: steward.keys.entropy, networkId, info, size: 32 })
  const token = { institution: steward.party.idTag, id, day, operations: 1_000 }
  return {
    registrant: viewer.party.idTag,
    issuer: steward.keys.entropy,
    token: {
      ...token,
      signature: signStatement(steward.keys.identity, ledger, 'RelayToken', token),
    },
  }
}

/** Section 10; key and element are those of RFC 9497 appendix A.1.1. */
export function lookUps(): unknown {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
  const key = bytes('5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e')
  const blinded = bytes('609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c')
  return {
    key,
    request: { staff: 'desk-1', blinded: toBase64Url(blinded) },
    answer: { evaluated: toBase64Url(Oprf.evaluate(key, blinded)) },
  }
}
