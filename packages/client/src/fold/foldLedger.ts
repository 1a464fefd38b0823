import {
  fromHex,
  type Hex,
  keccak,
  toBigInt,
  toGrantSlot,
  toHex,
  toRelationshipSlot,
  utf8,
} from '@medrec/protocol'
import type { BlockRef, ChainLog } from './chainBlock.ts'
import type { Anchor, ChainNote, Grant, Offer } from './facts.ts'
import { ledgerItem } from './stream.ts'
import { type Tables, undoDepth } from './Tables.ts'

/** A log's words: indexed ones, then the data. */
type Words = {
  /** 32 bytes at a position of the data. */
  word(position: number): Uint8Array
  /** The indexed word of an event that has one. */
  indexed(): Uint8Array
  readonly data: Uint8Array
}

/** Writes an event's facts and returns its item of the running head. */
type Fold = (tables: Tables, words: Words, block: BlockRef) => Uint8Array

const folds = new Map<string, Fold>([
  [topicOf('RelationshipChanged(bytes32,uint256)'), foldRelationship],
  [topicOf('GrantChanged(address,uint256)'), foldGrant],
  [topicOf('Anchored(bytes32,bytes32,bytes32,uint64,uint40)'), foldAnchor],
  [topicOf('Noted(bytes16,bytes32[12])'), foldNote],
  [topicOf('Tagged(bytes)'), foldTags],
  [topicOf('Offered(bytes32,bytes32,uint32,address,bool)'), foldOffer],
  [topicOf('BountyAnswered(bytes32,bytes32)'), foldAnswer],
  [topicOf('PolicySet(bytes32,bytes32,uint64)'), foldPolicy],
])

/** Folds one log of the Ledger; undefined for what the running head does not cover (`Rejected`). */
export function foldLedgerLog(
  tables: Tables,
  log: ChainLog,
  block: BlockRef,
): Uint8Array | undefined {
  const fold = folds.get(log.topics[0] as Hex)
  if (!fold) return undefined
  const data = fromHex(log.data)
  return fold(
    tables,
    {
      data,
      indexed: () => fromHex(log.topics[1] as Hex),
      word: (position) => data.subarray(position * 32, position * 32 + 32),
    },
    block,
  )
}

function foldRelationship(tables: Tables, { word }: Words, block: BlockRef): Uint8Array {
  const slot = toRelationshipSlot(toBigInt(word(1)))
  tables.set('relationship', toHex(word(0)), { ...slot, block })
  return ledgerItem(1, word(0), word(1))
}

function foldGrant(tables: Tables, { word }: Words, block: BlockRef): Uint8Array {
  const key = word(0).subarray(12)
  const slot = toGrantSlot(toBigInt(word(1)))
  const before = slot.revoked ? tables.get<Grant>('grant', toHex(key))?.given : undefined
  const given = before ?? { sequence: slot.sequence, block }
  tables.set('grant', toHex(key), { ...slot, block, given } satisfies Grant)
  return ledgerItem(2, key, word(1))
}

/** The newest first; older ones are kept while a verifier may still accept them. */
function foldAnchor(tables: Tables, { indexed, word }: Words, block: BlockRef): Uint8Array {
  const steward = indexed()
  const counter = word(2).subarray(24)
  const at = word(3).subarray(27)
  const anchor: Anchor = {
    root: toHex(word(0)),
    logRoot: toHex(word(1)),
    counter: Number(toBigInt(counter)),
    at: Number(toBigInt(at)),
    block,
  }
  const former = tables.get<readonly Anchor[]>('anchor', toHex(steward)) ?? []
  tables.set('anchor', toHex(steward), [anchor, ...former.slice(0, undoDepth)])
  return ledgerItem(3, steward, word(0), word(1), counter, at)
}

function foldNote(tables: Tables, { word, data }: Words, block: BlockRef): Uint8Array {
  const tag = word(0).subarray(0, 16)
  const sealed = data.slice(32, 32 + 384)
  const former = tables.get<readonly ChainNote[]>('note', toHex(tag)) ?? []
  tables.set('note', toHex(tag), [...former, { sealed, block }])
  return ledgerItem(4, tag, sealed)
}

function foldTags(tables: Tables, { data, word }: Words, block: BlockRef): Uint8Array {
  const tags = data.slice(64, 64 + Number(toBigInt(word(1))))
  for (let start = 0; start < tags.length; start += 8) {
    const tag = toHex(tags.subarray(start, start + 8))
    // The first block counts: a tag that comes twice told nothing the second time.
    if (!tables.get('tag', tag)) tables.set('tag', tag, block)
  }
  return ledgerItem(5, tags)
}

function foldOffer(tables: Tables, { indexed, word }: Words, block: BlockRef): Uint8Array {
  const steward = indexed()
  const epoch = word(1).subarray(28)
  const owner = word(2).subarray(12)
  const charged = word(3).subarray(31)
  const offer: Offer = {
    stewardTag: toHex(steward),
    query: toHex(word(0)),
    epoch: Number(toBigInt(epoch)),
    owner: toHex(owner),
    charged: charged[0] === 1,
    block,
  }
  const count = (tables.get<number>('count', 'offer') ?? 0) + 1
  tables.set('count', 'offer', count)
  tables.set('offer', String(count), offer)
  return ledgerItem(6, steward, word(0), epoch, owner, charged)
}

function foldAnswer(tables: Tables, { indexed, word }: Words, block: BlockRef): Uint8Array {
  const bounty = indexed()
  const answer = { bounty: toHex(bounty), answer: toHex(word(0)), block }
  tables.set('answer', answer.bounty, answer)
  return ledgerItem(7, bounty, word(0))
}

function foldPolicy(tables: Tables, { indexed, word }: Words, block: BlockRef): Uint8Array {
  const steward = indexed()
  const amount = word(1).subarray(24)
  const [stewardTag, query] = [toHex(steward), toHex(word(0))]
  tables.set('policy', stewardTag + query, { stewardTag, query, amount: toBigInt(amount), block })
  return ledgerItem(8, steward, word(0), amount)
}

function topicOf(signature: string): Hex {
  return toHex(keccak(utf8(signature)))
}
