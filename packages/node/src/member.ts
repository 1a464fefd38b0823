import { type Chain, createSender, followChain, type Sender } from '@medrec/client'
import { openParticipant, type Participant } from '@medrec/library'
import { type Account, fromHex, type Hex, Keys, type Network, toHex } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import type { KeystoreConfig } from './config.ts'
import { openKeystore } from './keystore.ts'
import { readNetwork } from './networkFile.ts'
import { pinnedFetch, pinsAt } from './pinnedFetch.ts'
import type { Surroundings } from './Surroundings.ts'

/** A node with keys of its own: what every such role starts with. */
export type Member = {
  readonly keys: Keys.Keys
  readonly network: Network
  readonly database: NodeDatabase
  readonly chain: Chain
  readonly participant: Participant
  close(): Promise<void>
}

type MemberConfig = {
  readonly network: { readonly file: string; readonly doors?: readonly string[] | undefined }
  readonly keystore: KeystoreConfig
}

/** Opens keystore and database, and follows the chain up to its head. */
export async function openMember(
  config: MemberConfig,
  databaseFile: string,
  surroundings: Surroundings,
): Promise<Member> {
  const { path, clock, environment, progress } = surroundings
  const network = readNetwork(path(config.network.file), config.network.doors)
  const entropy = openKeystore(config.keystore, path, environment)
  const keys = Keys.fromEntropy(entropy, fromHex(network.networkId, 32))
  const database = openNodeDatabase(path(databaseFile))
  try {
    const { store } = database
    const chain = await followChain({ doors: network.doors, network, store })
    const stopTelling = tellWaiting(chain, progress)
    await chain.synced()
    stopTelling()
    const fetch = pinnedFetch((host) => pinsAt(chain.view(), host))
    const participant = await openParticipant({ keys, chain, store, clock, fetch })
    return {
      ...{ keys, network, database, chain, participant },
      close: async () => {
        await participant.close()
        await chain.stop()
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** The account that pays for this node's own statements to the Registrar; its relay has another (0). */
export function deskSender(member: Pick<Member, 'chain' | 'keys'>): Sender {
  return createSender({
    rpc: () => member.chain.rpc(),
    privateKey: deskAccount(member.keys).privateKey,
  })
}

/** See `deskSender`. */
export function deskAccount(keys: Keys.Keys): Account {
  return Keys.relayKey(keys, 1)
}

/** Our own idTag, once the registrar knows our keys. */
export function ownTag(member: Pick<Member, 'keys' | 'chain'>): Hex | undefined {
  return member.chain.view().entryOfIdentity(toHex(member.keys.identity.address))?.idTag
}

/** Says so when the chain lets us wait. */
function tellWaiting(chain: Chain, progress: (text: string) => void): () => void {
  const timer = setTimeout(() => {
    if (!chain.status().isConnected) progress('Waiting for the chain to answer ...')
  }, 5_000)
  return () => clearTimeout(timer)
}
