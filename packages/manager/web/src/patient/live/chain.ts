import { type Chain, followChain } from '@medrec/client'
import type { Keys, Network } from '@medrec/protocol'
import { openIndexedDbStore, openMemoryStore, type Store } from '@medrec/records'
import { live as text } from '../../text/live.ts'
import { encryptedStore, storeKey } from '../encryptedStore.ts'
import type { Progress } from '../entrance.ts'

/** What one person keeps in this browser, and the right to write it: one tab at a time. */
export type Keep = {
  /** The public chain, as folded; the same for everybody. */
  readonly chainStore: Store
  /** Everything of the person's own, encrypted. */
  readonly ownStore: Store
  readonly release: () => Promise<void>
}

/** Opens a person's stores. A second tab of the same person gets memory, so that two never write one. */
export async function openKeep(id: string, keys: Keys.Keys): Promise<Keep> {
  const unlock = await takeTurn(`medrec-${id}`)
  const isFirst = unlock !== undefined
  const chainStore = isFirst ? await openIndexedDbStore(`medrec-chain-${id}`) : openMemoryStore()
  const inner = isFirst ? await openIndexedDbStore(`medrec-own-${id}`) : openMemoryStore()
  const key = await storeKey(keys.entropy, keys.networkId)
  const ownStore = encryptedStore(inner, key)
  return {
    chainStore,
    ownStore,
    release: async () => {
      await chainStore.close()
      await ownStore.close()
      unlock?.()
    },
  }
}

/** The lock of a person's stores, or undefined when another tab holds it. */
function takeTurn(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) {
        resolve(undefined)
        return
      }
      return new Promise<void>((done) => resolve(done))
    })
  })
}

/** How long to wait for the newest block before going on with what is kept, and for any door to answer. */
const patience = { newestMs: 8_000, doorMs: 12_000 }

/**
 * Follows the chain over the doors; goes on with what is kept when none answers (offline). Throws an Error in
 * words when nothing is kept and no door answers. `signal` ends the following; the next time goes on there.
 */
export async function openChain(options: {
  network: Network
  store: Store
  onProgress: (progress: Progress) => void
  doorMs?: number
  signal?: AbortSignal
}): Promise<Chain> {
  const { network, store, onProgress, doorMs = patience.doorMs } = options
  onProgress({ step: 'connecting' })
  const quiet = openQuiet()
  const chain = await followChain({
    network,
    doors: network.doors,
    store,
    progress: (done, total) => {
      quiet.heard()
      onProgress({ step: 'following', done, total })
    },
  })
  try {
    if (chain.view().head.number > network.startBlock) {
      const wait = navigator.onLine ? patience.newestMs : 0
      const newest = chain.synced().catch(() => undefined)
      await Promise.race([newest, quiet.lasts(wait), stopped(options.signal)])
    } else await Promise.race([chain.synced(), silence(quiet, doorMs), stopped(options.signal)])
    return chain
  } catch (cause) {
    await chain.stop()
    if (cause instanceof Stopped) throw cause
    throw new Error(whyNot(cause, network), { cause })
  } finally {
    quiet.end()
  }
}

/** Rejects when nothing was heard for so long. */
async function silence(quiet: Quiet, ms: number): Promise<never> {
  await quiet.lasts(ms)
  throw new DoorsSilent()
}

/** Silence has no event of its own: a clock that every sign of life sets back. */
type Quiet = {
  heard(): void
  /** Resolves when nothing was heard for so long: a restore that was stopped half way is not shown as whole. */
  lasts(ms: number): Promise<void>
  end(): void
}

function openQuiet(): Quiet {
  let timer: ReturnType<typeof setTimeout> | undefined
  let setBack = (): void => undefined
  return {
    heard: () => setBack(),
    lasts: (ms) =>
      new Promise((resolve) => {
        setBack = () => {
          clearTimeout(timer)
          timer = setTimeout(resolve, ms)
        }
        setBack()
      }),
    end: () => {
      clearTimeout(timer)
      setBack = () => undefined
    },
  }
}

/** Rejects when the signal says so. */
function stopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Stopped())
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The person went on to something else. */
class Stopped extends Error {}

/** No door answers. */
class DoorsSilent extends Error {}

function whyNot(cause: unknown, network: Network): string {
  const hosts = network.doors.map((door) => (URL.canParse(door) ? new URL(door).host : door))
  return cause instanceof DoorsSilent
    ? text.noDoor(hosts.length, hosts.join(', '))
    : text.wrongDoor(hosts.join(', '))
}
