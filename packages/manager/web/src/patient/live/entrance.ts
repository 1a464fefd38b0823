import { Invitation } from '@medrec/library'
import { fromHex, Keys, type Network, parseNetwork, sha256, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { live as text } from '../../text/live.ts'
import type { Entrance, OpenOptions, PortalConfig } from '../entrance.ts'
import { openChain, openKeep } from './chain.ts'
import { invitationWords } from './invitationWords.ts'
import { openSession } from './openSession.ts'

/** The way into the real network. */
export const entrance: Entrance = {
  newWords: () => Keys.toWords(Keys.newEntropy()),
  entropyOf(words) {
    try {
      return Keys.fromWords(words)
    } catch (error) {
      throw new Error(error instanceof Keys.WordsError ? error.message : text.wordsWrong)
    }
  },
  wordsOf: (entropy) => Keys.toWords(entropy),
  idOf: (entropy) => toHex(sha256(entropy).slice(0, 8)).slice(2),
  isRegistered,
  async readInvitation({ config, text: typed }) {
    const network = parseNetwork(config.network)
    const chain = await openChain({
      network,
      store: openMemoryStore(),
      onProgress: () => undefined,
    })
    try {
      return Invitation.read(typed, chain.view())
    } catch (error) {
      throw invitationWords(error)
    } finally {
      await chain.stop()
    }
  },
  async register({ config, entropy, code, inviter }) {
    const { network, keys } = of(config, entropy)
    try {
      await Invitation.accept({
        keys,
        network,
        code,
        inviter,
        fetch: (...asked) => fetch(...asked),
      })
    } catch (error) {
      throw invitationWords(error)
    }
    await untilRegistered(network, keys)
  },
  async open({ config: portal, entropy, id, name, onProgress }) {
    const { network, keys } = of(portal, entropy)
    const keep = await openKeep(id, keys)
    const chain = await openChain({ network, store: keep.chainStore, onProgress })
    return openSession({ portal, keys, chain, keep, name, onProgress })
  },
}

function of(portal: PortalConfig, entropy: Uint8Array): { network: Network; keys: Keys.Keys } {
  const network = parseNetwork(portal.network)
  return { network, keys: Keys.fromEntropy(entropy, fromHex(network.networkId)) }
}

/** Whether the registrar knows these keys; who was registered once is believed to be so offline. */
async function isRegistered(options: Pick<OpenOptions, 'config' | 'entropy'>): Promise<boolean> {
  const { network, keys } = of(options.config, options.entropy)
  const known = `medrec-registered-${toHex(keys.identity.address)}`
  if (localStorage.getItem(known)) return true
  const chain = await openChain({ network, store: openMemoryStore(), onProgress: () => undefined })
  const entry = chain.view().entryOfIdentity(toHex(keys.identity.address))
  await chain.stop()
  if (entry) localStorage.setItem(known, '1')
  return entry !== undefined
}

/** Resolves when the binding stands on the chain. */
async function untilRegistered(network: Network, keys: Keys.Keys): Promise<void> {
  const chain = await openChain({ network, store: openMemoryStore(), onProgress: () => undefined })
  const address = toHex(keys.identity.address)
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!chain.view().entryOfIdentity(address)) return
      stop()
      resolve()
    }
    const stop = chain.subscribe(look)
    look()
  })
  await chain.stop()
}
