/** A connection to an engine or door that speaks Ethereum's JSON-RPC. */
export type Rpc = {
  readonly url: string
  /** Sends one request. Throws RpcUnavailableError (try again) or RpcRefusedError (the engine said no). */
  request<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** Sends the requests that `ask` makes before it returns in one message, so that one message answers them. */
  together<T>(ask: () => T): T
  /** Subscribes, and again after each reconnection; the returned function ends it. */
  subscribe(params: readonly unknown[], listener: (result: unknown) => void): Promise<() => void>
  /** Hears of `open` and `closed`, at once of the present state; the returned function ends it. */
  onState(listener: (state: RpcState) => void): () => void
  /** Ends the connection; requests in flight fail. */
  close(): Promise<void>
}

export type RpcState = 'open' | 'closed'

export type RpcOptions = {
  /** Longest wait for an answer, 10,000 unless told. */
  readonly timeoutMs?: number
  /** Whether to connect again after a loss, true unless told. */
  readonly reconnect?: boolean
  /**
   * Requests without an answer at a time, over WebSocket; more wait for their turn. Not bounded unless told: for a
   * connection that many share to one who bounds them (a door takes 64).
   */
  readonly mostInFlight?: number
  /**
   * Acknowledges each answer at once while others are awaited, false unless told: for an engine that holds a small
   * message back until its last one is acknowledged (Nagle, RFC 896), which TCP may delay by 40 ms (RFC 1122).
   */
  readonly acknowledgesAtOnce?: boolean
}
