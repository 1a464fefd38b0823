import type { Chain } from '@medrec/client'
import { Invitation } from '@medrec/library'
import { fromHex, Keys, type Network, parseNetwork, sha256, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { live as text } from '../../text/live.ts'
import type { Entrance, PortalConfig } from '../entrance.ts'
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
  async open({ config: portal, entropy, id, name, onProgress, signal }) {
    const { network, keys } = of(portal, entropy)
    const keep = await openKeep(id, keys)
    try {
      const chain = await openChain({ network, store: keep.chainStore, onProgress, signal })
      if (isRegistered(chain, keys))
        return await openSession({ portal, keys, chain, keep, name, onProgress })
      await chain.stop()
    } catch (error) {
      await keep.release()
      throw error
    }
    await keep.release()
    return undefined
  },
}

function of(portal: PortalConfig, entropy: Uint8Array): { network: Network; keys: Keys.Keys } {
  const network = parseNetwork(portal.network)
  return { network, keys: Keys.fromEntropy(entropy, fromHex(network.networkId)) }
}

/** Whether the registrar knows these keys; who was registered once is believed to be so offline. */
function isRegistered(chain: Chain, keys: Keys.Keys): boolean {
  const address = toHex(keys.identity.address)
  const known = `medrec-registered-${address}`
  if (chain.view().entryOfIdentity(address)) localStorage.setItem(known, '1')
  return localStorage.getItem(known) !== null
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
