import type { Rpc } from '../rpc.ts'
import { RpcUnavailableError } from '../rpcErrors.ts'

/** Longest that a door's answer may take while another door may be quicker, in milliseconds. */
const lateMs = 3_000
/** How long none of its answers may be late until a door counts as quick again, in milliseconds. */
const rememberedMs = 60_000

/** How late a door answers. */
export class Lateness {
  readonly #elapsed: () => number
  /** How long its last late answer took, and when that came; undefined for a quick door. */
  #last: { readonly tookMs: number; readonly at: number } | undefined

  /** `elapsed`: milliseconds that only grow. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  /** Milliseconds that an answer takes; 0 for a quick door. */
  get ms(): number {
    return this.#last?.tookMs ?? 0
  }

  /** The same connection, whose answers are timed. */
  timed(rpc: Rpc): Rpc {
    return {
      ...rpc,
      request: async <T>(method: string, params?: readonly unknown[]) => {
        const from = this.#elapsed()
        try {
          const answer = await rpc.request<T>(method, params)
          this.#took(this.#elapsed() - from)
          return answer
        } catch (cause) {
          this.#failed(this.#elapsed() - from, cause)
          throw cause
        }
      },
    }
  }

  /** The same connection, of no more use once an answer was late, unless it counted as late before. Throws RpcUnavailableError. */
  impatient(rpc: Rpc, hasQuicker: () => boolean): Rpc {
    if (this.ms > 0) return rpc
    return {
      ...rpc,
      request: async <T>(method: string, params?: readonly unknown[]) => {
        const answer = await rpc.request<T>(method, params)
        if (this.ms > 0 && hasQuicker()) throw new RpcUnavailableError(rpc.url)
        return answer
      },
    }
  }

  #took(tookMs: number): void {
    const at = this.#elapsed()
    if (tookMs > lateMs) this.#last = { tookMs, at }
    else if (this.#last && at - this.#last.at >= rememberedMs) this.#last = undefined
  }

  /** A connection that is lost at once says nothing of how quick the door is. */
  #failed(tookMs: number, cause: unknown): void {
    if (!(cause instanceof RpcUnavailableError) || tookMs > lateMs) this.#took(tookMs)
  }
}
