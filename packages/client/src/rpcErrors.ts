import { MedrecError, RetryableError } from '@medrec/protocol'

/** The engine or door does not answer, or the connection was lost before it did. */
export class RpcUnavailableError extends RetryableError {
  readonly code = 'RPC_UNAVAILABLE'
  constructor(url: string, cause?: unknown) {
    super('The chain does not answer.', { facts: [`Address: ${url}`], cause })
  }
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
      facts: [`Method: ${method}`, `Reason ${error.code}: ${error.message}`],
    })
    this.rpcCode = error.code
    this.reason = error.message
    this.data = error.data
  }
}
