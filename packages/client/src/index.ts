export { connectRpc, RpcAddressError } from './connectRpc.ts'
export {
  type BlockEvidence,
  EvidenceMissingError,
  type ProvenBlock,
  type ProvenLog,
  provenBlock,
  readBlockEvidence,
} from './evidence/blockEvidence.ts'
export { type Comparison, compareBlocks } from './evidence/compareBlocks.ts'
export { anchorsIn, identityIn, profileIn } from './evidence/provenFacts.ts'
export { ChainState } from './fold/ChainState.ts'
export type { ChainView } from './fold/ChainView.ts'
export type { BlockRef, ChainBlock, ChainLog, ChainUpdate } from './fold/chainBlock.ts'
export type { Ending } from './fold/endings.ts'
export type {
  Anchor,
  BountyAnswer,
  ChainNote,
  Entry,
  Grant,
  Offer,
  Policy,
  Profile,
  Relationship,
  Relay,
  Role,
  Stream,
  Vote,
} from './fold/facts.ts'
export { ChainMovedError } from './follow/blocks.ts'
export type { Chain, ChainStatus, FollowOptions } from './follow/Chain.ts'
export { StoreOfAnotherNetworkError } from './follow/ChainStore.ts'
export { readChainAt } from './follow/chainAt.ts'
export { WrongChainError } from './follow/checkDoor.ts'
export { FollowFailedError } from './follow/Follower.ts'
export { followChain } from './follow/followChain.ts'
export { HeadMismatchError } from './follow/walk.ts'
export type { SealedHeader } from './headerMembers.ts'
export type { Rpc, RpcOptions, RpcState } from './rpc.ts'
export { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
export { sealerOf } from './sealer.ts'
export {
  createSender,
  feesOf,
  type Receipt,
  type Sender,
  submitTransaction,
  type Transaction,
  TransactionLateError,
  TransactionRevertsError,
  waitForReceipt,
} from './transactions.ts'
