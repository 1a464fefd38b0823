import { type Rpc, type Sender, waitForReceipt } from '@medrec/client'
import { fromHex, type Hex, Keys, MedrecError, type Network, toHex } from '@medrec/protocol'
import {
  attestCall,
  bindCall,
  type Call,
  coinbaseCall,
  readRegistrar,
  roles,
  type Signer,
  voteCall,
} from '../registrarCalls.ts'
import { demoInstitutions } from './configs.ts'
import type { DemoHome } from './home.ts'
import { idTagOf } from './idTags.ts'
import type { DemoPerson } from './people.ts'

type Setting = {
  readonly home: Omit<DemoHome, 'unlock'>
  readonly network: Network
  readonly people: readonly DemoPerson[]
  readonly rpc: Rpc
  readonly sender: Sender
}

type Member = { readonly idTag: Uint8Array; readonly keys: Keys.Keys; readonly by: number }

/** Gas that any of these calls fits in; estimating would need the ones before it to be mined. */
const ampleGas = 600_000n
/** How well the demonstration's people were checked: in person, with a document. */
const assurance = 2

/**
 * Binds everybody at one institution, has the two others attest, and gives registrar, researcher and doctor
 * their roles; what stands on the chain already is left alone.
 */
export async function registerAll(setting: Setting): Promise<void> {
  const { home, network, people } = setting
  const deadline = Math.floor(Date.now() / 1000) + 3600
  const networkId = fromHex(network.networkId)
  const keysOf = (name: string): Keys.Keys => Keys.fromEntropy(home.entropyOf(name), networkId)
  const institutions: readonly Signer[] = demoInstitutions.map(({ key }) => ({
    idTag: idTagOf(home, key),
    identity: keysOf(key).identity,
  }))
  const registrar: Member = { idTag: idTagOf(home, 'registrar'), keys: keysOf('registrar'), by: 0 }
  const members = people.map((person, position): Member => {
    const first = demoInstitutions.findIndex(({ key }) => key === person.institutions[0])
    const by = first === -1 ? position % institutions.length : first
    return { idTag: idTagOf(home, person.identification), keys: keysOf(person.login), by }
  })
  const at = (position: number): Signer => institutions[position % institutions.length] as Signer
  await perform(setting, [registrar, ...members], ({ idTag, keys, by }) =>
    isBound(setting, idTag).then((done) =>
      done ? [] : [bindCall(network, { idTag, keys, institution: at(by), assurance, deadline })],
    ),
  )
  await perform(setting, members, ({ idTag, by }) =>
    missing(setting, idTag, [at(by + 1), at(by + 2)]).then((others) =>
      others.map((institution) => attestCall(network, { idTag, institution, deadline })),
    ),
  )
  const certified = [
    { ...registrar, role: roles.registrar },
    ...members.flatMap((member, position) =>
      roleOf(people[position]).map((role) => ({ ...member, role })),
    ),
  ]
  await perform(setting, certified, async ({ idTag, role }) =>
    (await isCertified(setting, idTag, role))
      ? []
      : [at(0), at(1)].map((institution) =>
          voteCall(network, { idTag, role, institution, deadline }),
        ),
  )
  await perform(setting, certified, async ({ idTag, keys, role }) =>
    role === roles.researcher && !(await hasCoinbase(setting, idTag))
      ? [
          coinbaseCall(
            network,
            { idTag, identity: keys.identity },
            { coinbase: Keys.coinbaseKey(keys), sequence: 1 },
          ),
        ]
      : [],
  )
}

/** The role that somebody has beside being a person: doctors may open records in an emergency. */
function roleOf(person: DemoPerson | undefined): readonly number[] {
  if (person?.kind === 'researcher') return [roles.researcher]
  return person?.kind === 'doctor' ? [roles.emergency] : []
}

/** Sends what is still to be done, all at once, and waits for the block. */
async function perform<T>(
  { rpc, sender }: Setting,
  items: readonly T[],
  calls: (item: T) => Promise<readonly Call[]>,
): Promise<void> {
  const wanted = (await Promise.all(items.map(calls))).flat()
  const hashes: Hex[] = []
  for (const { to, data } of wanted) hashes.push(await sender.submit({ to, data, gas: ampleGas }))
  const receipts = await Promise.all(hashes.map((hash) => waitForReceipt(rpc, hash)))
  const failed = receipts.find(({ status }) => status !== '0x1')
  if (failed) throw new RegistrationFailedError(failed.transactionHash)
}

async function isBound(setting: Setting, idTag: Uint8Array): Promise<boolean> {
  const { version } = await read<{ version: number }>(setting, 'entries', [toHex(idTag)])
  return version > 0
}

async function missing(
  setting: Setting,
  idTag: Uint8Array,
  institutions: readonly Signer[],
): Promise<readonly Signer[]> {
  const done = await Promise.all(
    institutions.map((institution) =>
      read<boolean>(setting, 'hasAttested', [toHex(idTag), 1, toHex(institution.idTag)]),
    ),
  )
  return institutions.filter((_, position) => !done[position])
}

function isCertified(setting: Setting, idTag: Uint8Array, role: number): Promise<boolean> {
  return read<boolean>(setting, 'isCertified', [toHex(idTag), role])
}

async function hasCoinbase(setting: Setting, idTag: Uint8Array): Promise<boolean> {
  const [, sequence] = await read<readonly [Hex, number]>(setting, 'coinbaseOf', [toHex(idTag)])
  return sequence > 0
}

function read<T>({ rpc, network }: Setting, name: string, args: readonly unknown[]): Promise<T> {
  return readRegistrar<T>(rpc, network, name, args)
}

/** The Registrar refused a registration. */
export class RegistrationFailedError extends MedrecError {
  readonly code = 'REGISTRATION_FAILED'
  constructor(transaction: Hex) {
    super('The Registrar refused a registration of the demonstration.', {
      facts: [`Transaction: ${transaction}`, 'Begin anew with --fresh.'],
    })
  }
}
