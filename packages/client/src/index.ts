export { connectRpc, type Rpc, RpcAddressError, type RpcOptions, type RpcState } from './rpc.ts'
export { RpcRefusedError, RpcUnavailableError } from './rpcErrors.ts'
