import type { Rpc } from '@medrec/client'
import { registrarAbi } from '@medrec/contracts'
import {
  type Account,
  compactOf,
  digest,
  type Hex,
  Keys,
  type Network,
  registrarDomain,
  sign,
  signStatement,
  statementHash,
  toHex,
} from '@medrec/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { inHex } from '../../protocol/src/inHex.test-support.ts'
import type { Someone } from './someone.test-support.ts'

type Registrar = {
  bind(person: Someone, by: Someone): Promise<void>
  setRelay(by: Someone, account: Account): Promise<void>
  setProfile(by: Someone, url: string): Promise<void>
  vote(by: Someone, person: Someone, vote: { role: number; certified: boolean }): Promise<void>
}

/** The registrar's contract, as those who sign for it use it; `transact` resolves once everybody knows. */
export function registrarOf(
  rpc: Rpc,
  network: Network,
  transact: (transaction: { to: Hex; data: Hex }) => Promise<void>,
): Registrar {
  const domain = registrarDomain(network)
  let sequence = 0
  const call = async (functionName: never, args: never): Promise<void> => {
    const data = encodeFunctionData({ abi: registrarAbi, functionName, args })
    await transact({ to: network.registrar, data })
  }
  return {
    async bind({ keys, idTag }, by) {
      const registration = {
        idTag,
        identity: keys.identity.address,
        spendX: keys.spend.publicKey.slice(0, 32),
        spendY: keys.spend.publicKey.slice(32),
        viewKey: keys.view.publicKey,
        version: 1,
      }
      const hash = statementHash('Registration', registration)
      const deadline = Math.floor(Date.now() / 1000) + 3_600
      const consent = { registration: hash, assurance: 3, institution: by.idTag, deadline }
      await call(
        'bind' as never,
        [
          inHex(registration),
          compactOf(sign(digest(domain, hash), keys.identity)),
          compactOf(sign(digest(domain, hash), keys.spend)),
          3,
          by.tag,
          deadline,
          compactOf(signStatement(by.keys.identity, domain, 'Bind', consent)),
        ] as never,
      )
    },
    async setRelay(by, account) {
      const value = {
        institution: by.idTag,
        account: account.address,
        allowed: true,
        sequence: ++sequence,
      }
      const signatures = [by.keys.identity, account].map((one) =>
        compactOf(signStatement(one, domain, 'Relay', value)),
      )
      await call(
        'setRelay' as never,
        [by.tag, toHex(account.address), true, sequence, ...signatures] as never,
      )
    },
    vote: (by, person, vote) => sendVote(rpc, network, { by, person, ...vote }, call),
    async setProfile(by, url) {
      const profile = {
        name: 'Institution',
        url,
        pin: new Uint8Array(32),
        pinNext: new Uint8Array(32),
        catalogueHash: new Uint8Array(32),
        anchorKey: Keys.anchorKey(by.keys).address,
        sequence: ++sequence,
      }
      const value = { idTag: by.idTag, ...profile }
      const signature = compactOf(signStatement(by.keys.identity, domain, 'Profile', value))
      await call('setProfile' as never, [by.tag, inHex(profile), signature] as never)
    },
  }
}

async function sendVote(
  rpc: Rpc,
  network: Network,
  given: { by: Someone; person: Someone; role: number; certified: boolean },
  call: (functionName: never, args: never) => Promise<void>,
): Promise<void> {
  const { by, role, certified } = given
  const { idTag, tag } = given.person
  const roundOf = { abi: registrarAbi, functionName: 'roundOf' } as const
  const data = encodeFunctionData({ ...roundOf, args: [tag, role] })
  const asked = [{ to: network.registrar, data }, 'latest']
  const result = await rpc.request<Hex>('eth_call', asked)
  const round = Number(decodeFunctionResult({ ...roundOf, data: result }))
  const deadline = Math.floor(Date.now() / 1000) + 3_600
  const value = { idTag, role, certified, institution: by.idTag, round, deadline }
  const signature = signStatement(by.keys.identity, registrarDomain(network), 'Vote', value)
  const args = [tag, role, certified, by.tag, deadline, compactOf(signature)]
  await call('vote' as never, args as never)
}
