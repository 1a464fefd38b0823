import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connectRpc, createSender, type Rpc, type Sender, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { openAccounts } from '@medrec/manager/server'
import { fromHex, type Hex, Keys, MedrecError, type Network, toHex } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { writeKeystore } from '../keystore.ts'
import { deskAccount } from '../member.ts'
import { readNetwork } from '../networkFile.ts'
import { demoInstitutions, urlOf } from './configs.ts'
import { fillInstitutions } from './fill.ts'
import { type DemoHome, writeWhole } from './home.ts'
import { idTagOf, oprfKey } from './idTags.ts'
import { demoStaff, writePeople } from './people.ts'
import { registerAll } from './register.ts'

type Home = Omit<DemoHome, 'unlock'>
type Progress = (text: string) => void

/** scrypt cost of the demonstration's keystores: their passphrases lie beside them. */
const keystoreCost = 2 ** 12
/** Longest wait for an answer of the engine: a small machine starts all processes at once, and nothing is asked twice. */
const answerMs = 120_000
/** Most wei for each account that pays for transactions; on a private chain it buys nothing else. */
const allowance = 10n ** 24n

/** Founds the network and prepares every node's files; done again after an interruption, it goes on. */
export async function found(home: Home, progress: Progress): Promise<void> {
  const people = await fillInstitutions(home, progress)
  progress('Founding the network ...')
  const rpc = connectRpc(urlOf(home, 'chain'), { timeoutMs: answerMs })
  try {
    const funder = await readFunder(home)
    const network = existsSync(home.path('network.json'))
      ? readNetwork(home.path('network.json'))
      : await deploy(home, rpc, funder)
    writeNodes(home, network)
    await addStaff(home)
    const sender = createSender({ rpc: () => rpc, privateKey: funder })
    await fund(home, { rpc, sender, network })
    progress('Registering people ...')
    await registerAll({ home, network, people, rpc, sender })
    writePeople(home, people)
    writeWhole(home.path('founded.json'), `${JSON.stringify({ people: people.length })}\n`)
  } finally {
    await rpc.close()
  }
}

async function deploy(home: Home, rpc: Rpc, funderKey: Uint8Array): Promise<Network> {
  const networkId = home.secretOf('network')
  const network = await deployNetwork({
    rpc,
    funderKey,
    networkId,
    name: 'MedRec demonstration',
    ...(home.chain === undefined ? embedded : await engineOf(rpc)),
    doors: demoInstitutions.map(({ key }) => `${urlOf(home, key).replace('http', 'ws')}/chain`),
    founders: demoInstitutions.map(({ key }) => {
      const keys = Keys.fromEntropy(home.entropyOf(key), networkId)
      return {
        idTag: idTagOf(home, key),
        identity: keys.identity.address,
        spendKey: keys.spend.publicKey,
        viewKey: keys.view.publicKey,
      }
    }),
  })
  writeWhole(home.path('network.json'), `${JSON.stringify(network, null, 2)}\n`)
  return network
}

const embedded = { engine: 'embedded', confirmations: 0 } as const

/** What kind of engine seals a foreign chain, and when a fact on it is final (docs/protocol.md 1). */
async function engineOf(rpc: Rpc): Promise<Pick<Network, 'engine' | 'confirmations'>> {
  const { difficulty } = await rpc.request<{ difficulty: Hex }>('eth_getBlockByNumber', [
    'latest',
    false,
  ])
  // Clique's blocks have difficulty 1 or 2 (EIP-225); an engine without any seals each block for good.
  if (BigInt(difficulty) > 2n) return { engine: 'proof-of-work', confirmations: 3 }
  if (BigInt(difficulty) > 0n) return { engine: 'authority', confirmations: 3 }
  return { engine: 'authority', confirmations: 0 }
}

/** Key of the account that pays for the founding: the embedded chain's own, or one that is handed in. */
async function readFunder(home: Home): Promise<Uint8Array> {
  if (home.chain === undefined)
    return fromHex((await readFile(home.path('nodes/chain/funder.key'), 'utf8')).trim(), 32)
  const key = process.env['MEDREC_FUNDER_KEY']?.trim() ?? ''
  if (!/^(0x)?[0-9a-f]{64}$/i.test(key)) throw new FunderKeyError()
  return fromHex(`0x${key.replace(/^0x/i, '').toLowerCase()}`, 32)
}

/** Each node's words in a keystore of its own, with the passphrase in a file beside it. */
function writeNodes(home: Home, network: Network): void {
  for (const name of ['registrar', ...demoInstitutions.map(({ key }) => key)]) {
    const folder = (file: string): string => home.path('nodes', name, file)
    mkdirSync(home.path('nodes', name), { recursive: true, mode: 0o700 })
    const passphrase = Buffer.from(home.secretOf(`passphrase/${name}`)).toString('base64url')
    writeFileSync(folder('passphrase'), `${passphrase}\n`, { mode: 0o600 })
    const entropy = home.entropyOf(name)
    writeKeystore({ file: folder('keystore.json'), entropy, passphrase, cost: keystoreCost })
  }
  writeFileSync(home.path('nodes/registrar/oprf.key'), `${toHex(oprfKey(home))}\n`, { mode: 0o600 })
  writeWhole(home.path('network.json'), `${JSON.stringify(network, null, 2)}\n`)
}

/** Log-ins of each institution's staff, put into its node's database before the node starts. */
async function addStaff(home: Home): Promise<void> {
  for (const { key } of demoInstitutions) {
    const database = openNodeDatabase(home.path('nodes', key, 'node.db'))
    try {
      const accounts = await openAccounts(database)
      for (const staff of demoStaff(home)) if (staff.key === key) await accounts.put(staff)
    } finally {
      database.close()
    }
  }
}

/** Institutions' relays and the registrar pay for transactions from accounts of their own. */
async function fund(
  home: Home,
  { rpc, sender, network }: { rpc: Rpc; sender: Sender; network: Network },
): Promise<void> {
  const hashes: Hex[] = []
  const funds = BigInt(await rpc.request<Hex>('eth_getBalance', [sender.address, 'latest']))
  const share = funds / 20n < allowance ? funds / 20n : allowance
  for (const name of ['registrar', ...demoInstitutions.map(({ key }) => key)]) {
    const keys = Keys.fromEntropy(home.entropyOf(name), fromHex(network.networkId))
    for (const account of [Keys.relayKey(keys, 0), deskAccount(keys)]) {
      const to = toHex(account.address)
      const balance = BigInt(await rpc.request<Hex>('eth_getBalance', [to, 'latest']))
      if (balance < share / 2n) hashes.push(await sender.submit({ to, value: share }))
    }
  }
  await Promise.all(hashes.map((hash) => waitForReceipt(rpc, hash)))
}

/** The account that pays on a foreign chain is not named. */
export class FunderKeyError extends MedrecError {
  readonly code = 'FUNDER_KEY'
  constructor() {
    super('MEDREC_FUNDER_KEY must hold the private key of an account that pays, 32 bytes in hex.', {
      facts: ['Nothing was sent to the chain.'],
    })
  }
}
