import {
  abi as paperRegistrarAbi,
  bytecode as paperRegistrarBytecode,
} from '@medrec/contracts/PaperRegistrar'
import {
  abi as paperRelationshipAbi,
  bytecode as paperRelationshipBytecode,
} from '@medrec/contracts/PaperRelationship'
import {
  abi as paperSummaryAbi,
  bytecode as paperSummaryBytecode,
} from '@medrec/contracts/PaperSummary'
import {
  type Account,
  accountOf,
  concat,
  coverNote,
  encodeNotes,
  encodeRecord,
  encodeTags,
  fromHex,
  type Hex,
  type Operation,
  random,
  toHex,
} from '@medrec/protocol'
import { type Abi, encodeFunctionData } from 'viem'
import {
  type Cost,
  deploy,
  deployLedger,
  type Ground,
  groundOf,
  type LedgerGround,
  send,
  zeros,
} from './ledgerGround.ts'
import { type Row, row } from './Row.ts'
import { startAnvil } from './rawAnvil.ts'

const batchSize = 50

type PaperCost = {
  readonly [step in 'relationship' | 'grant' | 'revoke' | 'update']: Cost
}

/** Gas and new slots per operation, alone and in a batch of 50, beside a literal `Paper.sol` (docs/benchmarks.md). */
export async function run(): Promise<readonly Row[]> {
  const anvil = await startAnvil()
  try {
    const ground = await groundOf(anvil)
    const paper = await measurePaper(ground)
    return await measureLedger(await deployLedger(ground), paper)
  } finally {
    await anvil.stop()
  }
}

async function measureLedger(ground: LedgerGround, paper: PaperCost): Promise<readonly Row[]> {
  await send(ground, ground.ledger, encodeNotes([coverNote()])) // the stream's word is not zero in life
  const deadline = Math.floor(Date.now() / 1000) + 3_600
  return [
    ...(await measureRelationships(ground, paper, deadline)),
    ...(await measureGrants(ground, paper, deadline)),
    ...(await measureUpdates(ground, paper.update, deadline)),
  ]
}

async function measureRelationships(
  ground: LedgerGround,
  paper: PaperCost,
  deadline: number,
): Promise<readonly Row[]> {
  const all = Array.from({ length: batchSize + 1 }, newRelation)
  const peer = { name: 'Paper.sol: relationship', cost: paper.relationship }
  const stopPeer = { name: 'Paper.sol: revoke', cost: paper.revoke }
  return [
    ...(await measure(
      ground,
      'propose, note of 384 bytes',
      peer,
      all.map((r) => sign(ground, { kind: 'propose', deadline, ...r.relation }, r.steward, 1)),
    )),
    ...(await measure(
      ground,
      'accept, note of 384 bytes',
      peer,
      all.map((r) => sign(ground, { kind: 'accept', deadline, ...r.relation }, r.subject, 1)),
    )),
    ...(await measure(
      ground,
      'stop all sharing of a relationship',
      stopPeer,
      all.map((r) => sign(ground, { kind: 'stopAll', epoch: 1, ...r.relation }, r.subject, 0)),
    )),
  ]
}

async function measureGrants(
  ground: LedgerGround,
  paper: PaperCost,
  deadline: number,
): Promise<readonly Row[]> {
  const keys = (): readonly Account[] =>
    Array.from({ length: batchSize + 1 }, () => accountOf(random(32)))
  const grantOf = (key: Account): Operation => ({
    kind: 'grant',
    key: key.address,
    expiresAt: deadline + 1_000_000,
    sequence: 1,
    commitment: random(26),
    deadline,
  })
  const peer = { name: 'Paper.sol: grant', cost: paper.grant }
  const revoked = keys()
  return [
    ...(await measure(
      ground,
      'grant, note of 384 bytes',
      peer,
      revoked.map((key) => sign(ground, grantOf(key), key, 1)),
    )),
    ...(await measure(
      ground,
      'grant, two notes of 384 bytes',
      peer,
      keys().map((key) => sign(ground, grantOf(key), key, 2)),
    )),
    ...(await measure(
      ground,
      'revoke',
      { name: 'Paper.sol: revoke', cost: paper.revoke },
      revoked.map((key) => sign(ground, { kind: 'revoke', key: key.address }, key, 0)),
    )),
  ]
}

function sign(
  ground: LedgerGround,
  operation: Operation,
  signer: Account,
  notes: number,
): Uint8Array {
  return encodeRecord(
    operation,
    signer,
    ground.domain,
    Array.from({ length: notes }, () => coverNote()),
  )
}

type Peer = { readonly name: string; readonly cost: Cost }

async function measure(
  ground: LedgerGround,
  name: string,
  peer: Peer,
  records: readonly Uint8Array[],
): Promise<readonly Row[]> {
  const alone = await send(ground, ground.ledger, records[0] as Uint8Array)
  const batch = await send(ground, ground.ledger, concat(...records.slice(1)))
  const each = Math.round(batch.gas / batchSize)
  return [
    row(`${name}, alone`, alone.gas, 'gas', peer.name, peer.cost.gas),
    row(`${name}, in a batch of ${batchSize}`, each, 'gas', peer.name, peer.cost.gas),
    row(`${name}, new slots`, alone.slots, 'slots', peer.name, peer.cost.slots),
  ]
}

async function measureUpdates(
  ground: LedgerGround,
  peer: Cost,
  deadline: number,
): Promise<readonly Row[]> {
  const [first, second] = [random(32), random(32)]
  await send(ground, ground.ledger, anchor(ground, deadline, [zeros, first], 1))
  const anchored = await send(ground, ground.ledger, anchor(ground, deadline, [first, second], 2))
  const tags = encodeTags(Array.from({ length: 1_000 }, () => random(8)))
  const tagged = await send(ground, ground.ledger, tags)
  const third = anchor(ground, deadline, [second, random(32)], 3)
  const together = await send(ground, ground.ledger, concat(third, tags))
  const name = 'Paper.sol: pointer update'
  return [
    row('anchor with the null bounty', anchored.gas, 'gas', name, peer.gas),
    row('8-byte tag in a batch of 1,000', tagged.gas / 1_000, 'gas', name, peer.gas),
    row('pointer update: anchor and 1,000 tags, each', together.gas / 1_000, 'gas', name, peer.gas),
    row(
      'pointer update, root only, 10,000 an anchor',
      anchored.gas / 10_000,
      'gas',
      name,
      peer.gas,
    ),
    row('anchor and 1,000 tags, new slots', together.slots, 'slots', name, peer.slots),
  ]
}

function anchor(
  ground: LedgerGround,
  deadline: number,
  [previousRoot, root]: readonly [Uint8Array, Uint8Array],
  counter: number,
): Uint8Array {
  return encodeRecord(
    {
      kind: 'anchor',
      stewardTag: ground.steward,
      previousRoot,
      root,
      logRoot: random(32),
      counter,
      query: zeros,
      epoch: 0,
      deadline,
    },
    ground.anchorKey,
    ground.domain,
  )
}

function newRelation(): {
  steward: Account
  subject: Account
  relation: { steward: Uint8Array; subject: Uint8Array; termsHash: Uint8Array }
} {
  const [steward, subject] = [accountOf(random(32)), accountOf(random(32))]
  const relation = { steward: steward.address, subject: subject.address, termsHash: random(32) }
  return { steward, subject, relation }
}

/** The paper's steps, literally: one contract per pair, registered, linked, granted, updated. */
async function measurePaper(ground: Ground): Promise<PaperCost> {
  const query =
    'SELECT date, code, value, unit FROM laboratory WHERE patient_id = :patient AND date >= 2016 ORDER BY date, code'.padEnd(
      120,
    )
  const bounty =
    'SELECT avg(value) FROM laboratory WHERE code = 2498-4 AND date > :week_ago'.padEnd(120)
  const viewer = toHex(random(20))
  const registrar = await deploy(ground, paperRegistrarAbi as Abi, paperRegistrarBytecode, [])
  const summary = await deploy(ground, paperSummaryAbi as Abi, paperSummaryBytecode, [
    ground.from,
    registrar.address,
  ])
  const viewerSummary = await deploy(ground, paperSummaryAbi as Abi, paperSummaryBytecode, [
    ground.from,
    registrar.address,
  ])
  const pair = await deploy(ground, paperRelationshipAbi as Abi, paperRelationshipBytecode, [
    ground.from,
  ])
  const call = (
    to: Hex,
    abi: unknown,
    functionName: string,
    args: readonly unknown[],
  ): Promise<Cost> =>
    send(ground, to, fromHex(encodeFunctionData({ abi: abi as Abi, functionName, args })))
  const added = await call(pair.address, paperRelationshipAbi, 'addPointer', [
    query,
    toHex(random(32)),
    'gatekeeper.riverside.example.org',
    8545,
    bounty,
  ])
  const linked = await call(summary.address, paperSummaryAbi, 'link', [pair.address])
  const updated = await call(pair.address, paperRelationshipAbi, 'updatePointer', [
    0n,
    toHex(random(32)),
    bounty,
  ])
  const pending = await call(summary.address, paperSummaryAbi, 'markUpdated', [pair.address])
  const allowed = await call(pair.address, paperRelationshipAbi, 'allow', [
    viewer,
    query,
    2_000_000_000n,
  ])
  const linkedToViewer = await call(viewerSummary.address, paperSummaryAbi, 'link', [pair.address])
  const revoked = await call(pair.address, paperRelationshipAbi, 'revoke', [viewer])
  return {
    relationship: sum(pair, added, linked),
    grant: sum(allowed, linkedToViewer),
    revoke: revoked,
    update: sum(updated, pending),
  }
}

function sum(...costs: readonly Cost[]): Cost {
  return costs.reduce((a, b) => ({ gas: a.gas + b.gas, slots: a.slots + b.slots }))
}
