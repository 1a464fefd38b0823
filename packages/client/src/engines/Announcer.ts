import type { Hex } from '@medrec/protocol'
import type { RpcState } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import type { Header } from './replay.ts'

/** Sign of life of an engine that seals only when there is something to seal. */
export type Heartbeat = {
  readonly number: Hex
  readonly hash: Hex
  /** Unix milliseconds of the supervisor's clock. */
  readonly time: number
}

type Listener = (result: unknown) => void

/** Tells subscribers of journaled blocks and, at a fixed rhythm, that the supervisor is alive. */
export class Announcer {
  readonly #heads = new Set<Listener>()
  readonly #heartbeats = new Set<Listener>()
  readonly #pending = new Set<Listener>()
  readonly #states = new Set<(state: RpcState) => void>()
  readonly #timer: ReturnType<typeof setInterval>
  #state: RpcState = 'closed'

  constructor(pulse: () => Promise<Heartbeat | undefined>, everyMs: number) {
    this.#timer = setInterval(() => {
      if (this.#heartbeats.size === 0) return
      pulse().then(
        (beat) => beat && tell(this.#heartbeats, beat),
        () => undefined, // no beat is the message
      )
    }, everyMs)
    this.#timer.unref()
  }

  async subscribe(params: readonly unknown[], listener: Listener): Promise<() => void> {
    const listeners = this.#listenersOf(params[0])
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  onState(listener: (state: RpcState) => void): () => void {
    this.#states.add(listener)
    listener(this.#state)
    return () => this.#states.delete(listener)
  }

  head({ transactions: _, ...header }: Header): void {
    tell(this.#heads, header)
  }

  /** A transaction was accepted and waits for its block. */
  pending(hash: Hex): void {
    tell(this.#pending, hash)
  }

  open(): void {
    this.#turn('open')
  }

  closed(): void {
    this.#turn('closed')
  }

  close(): void {
    clearInterval(this.#timer)
    this.#turn('closed')
  }

  #turn(state: RpcState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#states) listener(state)
  }

  #listenersOf(kind: unknown): Set<Listener> {
    if (kind === 'newHeads') return this.#heads
    if (kind === 'medrec_heartbeat') return this.#heartbeats
    if (kind === 'newPendingTransactions') return this.#pending
    throw new RpcRefusedError('eth_subscribe', { code: -32602, message: 'no such subscription' })
  }
}

function tell(listeners: ReadonlySet<Listener>, message: unknown): void {
  for (const listener of listeners) listener(message)
}
