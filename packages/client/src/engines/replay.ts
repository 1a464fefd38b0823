import { type Hex, MedrecError, toHex } from '@medrec/protocol'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import type { Journal, JournalBlock, JournalFacts } from './journal.ts'

/** A block header as JSON-RPC gives it, the members used here. */
export type Header = {
  readonly number: Hex
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: Hex
  readonly transactions: readonly Hex[]
}

/** Balance of the paying account in block 0, in wei: more than can be spent. */
const funderBalance = '0xffffffffffffffffffffffff'

/** A fresh anvil in the state of block 0. Throws JournalMismatchError if block 0 is another one now. */
export async function startChain(
  facts: Omit<JournalFacts, 'genesisHash'> & { genesisHash?: Hex },
  funder: Hex,
): Promise<{ anvil: Anvil; genesis: Header }> {
  const anvil = await startAnvil(facts)
  try {
    await anvil.rpc.request('anvil_setBalance', [funder, funderBalance])
    const genesis = await headerAt(anvil.rpc, 0)
    if (facts.genesisHash && facts.genesisHash !== genesis.hash)
      throw new JournalMismatchError(0, facts.genesisHash, genesis.hash, anvil.version)
    return { anvil, genesis }
  } catch (cause) {
    await anvil.stop()
    throw cause
  }
}

/** Seals every journaled block again and compares its hash; the last one's header is the head. */
export async function replay(
  anvil: Anvil,
  journal: Journal,
  progress: (block: number, of: number) => void = () => undefined,
): Promise<void> {
  let checked: Promise<void> = Promise.resolve()
  for (const block of journal.blocks()) {
    await sealAgain(anvil, block, checked)
    await checked // one block behind, so that the check costs no waiting
    checked = compare(anvil, block)
    checked.catch(() => undefined) // awaited in the next round
    if (block.number % 100 === 0) progress(block.number, journal.height)
  }
  await checked
}

async function sealAgain(
  { rpc, version }: Anvil,
  block: JournalBlock,
  before: Promise<void>,
): Promise<void> {
  try {
    for (const raw of block.transactions) await rpc.request('eth_sendRawTransaction', [toHex(raw)])
    await rpc.request('anvil_setCoinbase', [block.coinbase])
    await rpc.request('evm_mine', [{ timestamp: block.timestamp }])
  } catch (cause) {
    if (!(cause instanceof RpcRefusedError)) throw cause
    await before // a block that came out differently is the reason, not what follows from it
    throw new JournalMismatchError(block.number, block.hash, undefined, version, cause)
  }
}

async function compare(anvil: Anvil, block: JournalBlock): Promise<void> {
  const { hash } = await headerAt(anvil.rpc, block.number)
  if (hash !== block.hash)
    throw new JournalMismatchError(block.number, block.hash, hash, anvil.version)
}

/** Header and transaction hashes of a block. */
export function headerAt(rpc: Rpc, number: number): Promise<Header> {
  return rpc.request<Header>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
}

/** The journal's transactions no longer give the journal's blocks. */
export class JournalMismatchError extends MedrecError {
  readonly code = 'JOURNAL_MISMATCH'
  readonly block: number
  constructor(
    block: number,
    journaled: Hex,
    replayed: Hex | undefined,
    engine: string,
    cause?: unknown,
  ) {
    super('Replaying the chain journal gave another block than the one announced.', {
      facts: [
        `Block: ${block}`,
        `Hash in the journal: ${journaled}`,
        `Hash now: ${replayed ?? 'none, the engine refuses the block'}`,
        `Engine: ${engine}`,
      ],
      cause,
    })
    this.block = block
  }
}
