import { join } from 'node:path'
import { decide, type Facts, type Gatekeeper } from '@medrec/gatekeeper'
import {
  accountOf,
  hpkeSeal,
  multiProof,
  newReplyKey,
  type Row as ResultRow,
  random,
  resultTree,
  signRequest,
  signResponse,
  utf8,
  verifyRequest,
} from '@medrec/protocol'
import { AccessTables, openNodeDatabase, providerSteps } from '@medrec/records/node'

/** CPU of one step of a read of some rows, in microseconds. */
export type Step = { readonly rows: number; readonly step: string; readonly cpu: number }

const rounds = 300
const id = (byte: number, size = 32): Uint8Array => new Uint8Array(size).fill(byte)

/** Measures each step of a read by itself, on the rows that the gatekeeper reads. */
export async function readSteps(gatekeeper: Gatekeeper, folder: string): Promise<readonly Step[]> {
  const steps: Step[] = []
  for (const rows of [1, 16, 100]) {
    const { fields, ...read } = await gatekeeper.rows({
      localPatient: `P${rows}`,
      resource: 'labs',
    })
    for (const [step, run] of stepsOf(read.rows, fields, folder)) {
      run()
      const before = process.cpuUsage()
      for (let i = 0; i < rounds; i++) run()
      const { user, system } = process.cpuUsage(before)
      steps.push({ rows, step, cpu: (user + system) / rounds })
    }
  }
  return steps
}

type Fields = Awaited<ReturnType<Gatekeeper['rows']>>['fields']

function stepsOf(
  rows: readonly ResultRow[],
  fields: Fields,
  folder: string,
): readonly (readonly [string, () => void])[] {
  const account = accountOf(random(32))
  const options = { chainId: 1, now: 1_800_000_000 }
  const request = {
    authority: 'localhost:1',
    method: 'POST' as const,
    path: '/query',
    contentType: 'application/json',
    body: random(900),
  }
  const headers = signRequest(request, account, options)
  const tree = treeOf(rows, fields)
  const body = utf8(tree.texts.join())
  const reply = newReplyKey()
  const response = {
    status: 200,
    contentType: 'application/json',
    body,
    request,
    requestHeaders: headers,
  }
  return [
    ['request', () => void verifyRequest(request, headers, 1)],
    ['decision', () => void decide(factsOf(fields))],
    ['tree', () => void treeOf(rows, fields)],
    ['proof', () => void multiProof(tree.leaves, [0, 2, 5, 7])],
    [
      'encryption',
      () => void hpkeSeal({ publicKey: reply.publicKey, info: id(1), aad: id(2, 65), plain: body }),
    ],
    ['receipt', () => void signResponse(response, account, options)],
    ['log', logStep(join(folder, `log-${rows.length}.db`))],
  ]
}

function treeOf(rows: readonly ResultRow[], fields: Fields): ReturnType<typeof resultTree> {
  const header = {
    pointer: id(3, 16),
    version: 1,
    category: 5,
    schema: 1,
    catalogue: 1,
    labels: id(5),
    rows: rows.length,
    fields: fields.length,
    change: { origin: 1, reason: null },
  }
  return resultTree({ header, fields, rows, pointerSecret: id(4) })
}

/** A nonce and an entry in one transaction, on disk when it returns. */
function logStep(path: string): () => void {
  const database = openNodeDatabase(path)
  database.migrate('provider', providerSteps)
  const text = JSON.stringify({ time: 1, kind: 'read', who: { idTag: '0x'.padEnd(66, '1') } })
  let number = 0
  return () => {
    number += 1
    database.transaction(() => {
      AccessTables.useNonce(database, { key: id(5, 20), nonce: String(number), expires: 1 })
      AccessTables.append(database, { relationship: id(6), number, time: 1, text, head: id(7) })
    })
  }
}

/** The subject herself reads everything. */
function factsOf(fields: Fields): Facts {
  const now = 1_800_000_000
  return {
    now,
    chainTime: now,
    headTime: now,
    request: { created: now, expires: now + 60, isReplay: false },
    statement: { notBefore: now - 1, expires: now + 1 },
    steward: id(1),
    terms: { subjectTag: id(2), subjectVersion: 1, stewardVersion: 1, policy: 0, indexKey: id(3) },
    slot: { status: 'accepted', epoch: 0, changedAt: now },
    seen: { status: undefined, epoch: undefined },
    subjectVersions: [1, 1],
    stewardVersions: [1, 1],
    viewer: undefined,
    delegate: undefined,
    emergency: undefined,
    purpose: 0,
    pointer: {
      id: id(4, 16),
      category: 5,
      schema: 1,
      catalogue: 1,
      fields,
      fieldsOf: () => fields.length,
    },
    elements: fields.slice(0, 3).map(({ name }) => name),
    isUnexplained: false,
    isFormer: false,
  }
}
