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
export { StoreOfAnotherNetworkError } from './follow/ChainStore.ts'
export { WrongChainError } from './follow/checkDoor.ts'
export { FollowFailedError } from './follow/Follower.ts'
export {
  type Chain,
  type ChainStatus,
  type FollowOptions,
  followChain,
} from './follow/followChain.ts'
export { HeadMismatchError } from './follow/walk.ts'
export { connectRpc, type Rpc, RpcAddressError, type RpcOptions, type RpcState } from './rpc.ts'
export { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
export { type SealedHeader, sealerOf } from './sealer.ts'
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
