import { MedrecError, RetryableError } from '@medrec/protocol'

/** The engine or door does not answer, or the connection was lost before it did. */
export class RpcUnavailableError extends RetryableError {
  readonly code = 'RPC_UNAVAILABLE'
  constructor(url: string, cause?: unknown) {
    super('The chain does not answer.', { facts: [`Address: ${url}`], cause })
  }
}

/** JSON-RPC 2.0, 5.1: the method is not offered. */
const unknownMethod = -32601

function isSentToDoor(method: string, code: number): boolean {
  return method === 'eth_sendRawTransaction' && code === unknownMethod
}

/** The engine answered a request with an error. */
export class RpcRefusedError extends MedrecError {
  readonly code = 'RPC_REFUSED'
  readonly rpcCode: number
  readonly reason: string
  /** What the engine added, for instance the data of a revert. */
  readonly data: unknown
  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super('The chain refused a request.', {
      facts: [
        `Method: ${method}`,
        `Reason ${error.code}: ${error.message}`,
        ...(isSentToDoor(method, error.code)
          ? [
              'This is a door, which only reads. Name the chain itself under network.doors in node.toml (medrec provider setup --door).',
            ]
          : []),
      ],
    })
    this.rpcCode = error.code
    this.reason = error.message
    this.data = error.data
  }
}
