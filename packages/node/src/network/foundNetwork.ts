import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Rpc, RpcAddressError } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { Registration } from '@medrec/library'
import { accountOf, fromHex, type Hex, Keys, type Network, Oprf, toHex } from '@medrec/protocol'
import { bindCall, type Signing, voteCall } from '@medrec/registrar'
import { readNetwork } from '../networkFile.ts'
import { roles } from '../registrarCalls.ts'
import { FoundingWrongError, OutOfFundsError } from './errors.ts'
import { type Founding, type FoundingFacts, keepFounding, openFounding } from './founding.ts'
import { readFunderKey } from './funderKey.ts'
import { fillUp, payingAccounts, weiOf } from './funding.ts'
import { openKeyFolder, writeSecret, writeWhole } from './keyFolder.ts'
import { organisationTag } from './organisationTag.ts'
import {
  balanceOf,
  ballotOf,
  isBound,
  openSession,
  perform,
  type RegistrarSession,
  withRpc,
} from './registrarSession.ts'

export type FoundOptions = FoundingFacts & {
  /** Address of the engine */
  readonly rpc: string
  /** File with the private key (32 bytes, hex) of the account that pays */
  readonly funderKeyFile: string
  /** Folder of everything that is made */
  readonly out: string
  /** Ether for each account from which a node pays */
  readonly allowance: number
  readonly progress: (text: string) => void
  /** Unix seconds */
  readonly clock: () => number
}

/** A network that was founded; the words are there until somebody says that they were shown. */
export type Founded = {
  readonly file: string
  readonly network: Network
  readonly words: readonly { readonly key: string; readonly words: string }[]
  /** Keeps in mind that the words were shown */
  wordsShown(): void
}

type Party = {
  readonly key: string
  readonly folder: string
  readonly keys: Keys.Keys
  readonly idTag: Hex
}

/** In person, with a document: founders know each other. */
const assurance = 2
const callLife = 3_600

/**
 * Founds a network: keys for each institution and the registrar, the contracts, the registrar's certification,
 * funds (paper III-B, RC). Every step looks before it acts, so that repeating it after an interruption goes on.
 */
export async function foundNetwork(options: FoundOptions): Promise<Founded> {
  checkFacts(options)
  const funderKey = readFunderKey(options.funderKeyFile)
  return withRpc(options.rpc, async (rpc) => {
    const folder = resolve(options.out)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const founding = openFounding(folder, options)
    options.progress('Keys ...')
    const parties = [...options.institutions.map(({ key }) => key), options.registrar].map((key) =>
      openParty(folder, key, founding),
    )
    writeOprfKey(join(folder, options.registrar, 'oprf.key'))
    const file = join(folder, 'network.json')
    if (!existsSync(file)) await deploy(file, { rpc, funderKey, founding, parties, options })
    const network = readNetwork(file)
    const session = await openSession({ rpc, network, privateKey: funderKey, file })
    options.progress('Funds ...')
    const accounts = parties.flatMap(({ keys }) => payingAccounts(keys))
    await fillUp(session, accounts, weiOf(options.allowance))
    await certifyRegistrar(session, parties, options)
    return {
      file,
      network,
      words: founding.wordsShown
        ? []
        : parties.map(({ key, keys }) => ({ key, words: Keys.toWords(keys.entropy) })),
      wordsShown: () => keepFounding(folder, { ...founding, wordsShown: true }),
    }
  })
}

function openParty(folder: string, key: string, founding: Founding): Party {
  const own = join(folder, key)
  const { entropy } = openKeyFolder(own)
  const networkId = fromHex(founding.networkId, 32)
  const keys = Keys.fromEntropy(entropy, networkId)
  return { key, folder: own, keys, idTag: organisationTag(networkId, keys.identity.address) }
}

function writeOprfKey(file: string): void {
  if (!existsSync(file)) writeSecret(file, `${toHex(Oprf.newOprfKey())}\n`)
}

async function deploy(
  file: string,
  parts: {
    rpc: Rpc
    funderKey: Uint8Array
    founding: Founding
    parties: readonly Party[]
    options: FoundOptions
  },
): Promise<void> {
  const { rpc, funderKey, founding, parties, options } = parts
  options.progress('Contracts ...')
  await requireFunds(rpc, funderKey, weiOf(options.allowance) * BigInt(2 * parties.length))
  const network = await deployNetwork({
    ...{ rpc, funderKey },
    networkId: fromHex(founding.networkId, 32),
    name: options.name,
    engine: options.engine,
    confirmations: options.confirmations,
    doors: options.doors,
    founders: parties
      .filter(({ key }) => key !== options.registrar)
      .map(({ keys, idTag }) => ({
        idTag: fromHex(idTag, 32),
        identity: keys.identity.address,
        spendKey: keys.spend.publicKey,
        viewKey: keys.view.publicKey,
      })),
  })
  writeWhole(file, `${JSON.stringify(network, null, 2)}\n`)
}

async function requireFunds(rpc: Rpc, funderKey: Uint8Array, wei: bigint): Promise<void> {
  const funder = toHex(accountOf(funderKey).address)
  const balance = await balanceOf(rpc, funder)
  if (balance <= wei) throw new OutOfFundsError(funder, balance)
}

/** Binds the registrar's service and certifies it by the founders' votes, as many as the majority needs. */
async function certifyRegistrar(
  session: RegistrarSession,
  parties: readonly Party[],
  { registrar, clock, progress }: FoundOptions,
): Promise<void> {
  const service = parties.find(({ key }) => key === registrar) as Party
  const founders = parties.filter((party) => party !== service)
  const { network } = session
  const { idTag } = service
  const deadline = Math.floor(clock()) + callLife
  const by = ({ keys, idTag: own }: Party): Signing => ({ keys, network, own, deadline })
  if (!(await isBound(session, idTag))) {
    progress('The registrar is bound ...')
    const { registration, signatures } = Registration.statement(service.keys, network, { idTag })
    const signed = {
      registration,
      identitySignature: signatures.identity,
      spendSignature: signatures.spend,
    }
    const call = bindCall(signed, assurance, by(founders[0] as Party))
    await perform(session, 'the binding of the registrar', call)
  }
  // Founders vote in their order and each vote waits for its block, so the count says whose turn it is.
  for (;;) {
    const { isCertified, votes, round } = await ballotOf(session, idTag, roles.registrar)
    const founder = founders[votes]
    if (isCertified || founder === undefined) return
    progress(`${founder.key} votes for the registrar ...`)
    const vote = { idTag, role: 'registrar', certified: true, round } as const
    await perform(session, 'a vote', voteCall(vote, by(founder)))
  }
}

function checkFacts(options: FoundOptions): void {
  const keys = [...options.institutions.map(({ key }) => key), options.registrar]
  const bad = keys.find((key) => !/^[a-z0-9][a-z0-9-]{0,39}$/.test(key))
  if (bad !== undefined)
    throw new FoundingWrongError(
      `"${bad}" is no short name: up to 40 small letters, digits and hyphens.`,
    )
  if (options.institutions.length === 0)
    throw new FoundingWrongError('At least one institution founds a network (--institution).')
  if (new Set(keys).size !== keys.length)
    throw new FoundingWrongError(
      'Every institution and the registrar have a short name of their own.',
    )
  if (options.name.trim() === '') throw new FoundingWrongError('The network has a name (--name).')
  if (!Number.isInteger(options.confirmations) || options.confirmations < 0)
    throw new FoundingWrongError('--confirmations: a whole number of blocks, 0 or more.')
  if (!Number.isInteger(options.allowance) || options.allowance < 1)
    throw new FoundingWrongError('--allowance: a whole number of ether, 1 or more.')
  for (const address of [options.rpc, ...options.doors])
    if (!URL.canParse(address)) throw new RpcAddressError(address)
  const door = options.doors.find((address) => !/^wss?:/.test(address))
  if (door !== undefined)
    throw new FoundingWrongError(`A door is a ws:// or wss:// address, not ${door}.`)
}
