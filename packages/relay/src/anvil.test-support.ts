import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { connectRpc, createSender, type Rpc, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import {
  type Account,
  fromHex,
  type Hex,
  Keys,
  type Network,
  random,
  toHex,
} from '@medrec/protocol'
import { newPerson, type Person } from '../../registrar/src/network.test-support.ts'

/** Key of anvil's first account, from its well-known words; it has funds on every anvil and nowhere else. */
const funderKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

/** A bare anvil that can drop transactions and go back in time, with the contracts and a relay account. */
export type Anvil = {
  readonly rpc: Rpc
  readonly network: Network
  readonly institution: Person
  readonly account: Account
  mine(): Promise<void>
  stop(): Promise<void>
}

export async function startAnvil(confirmations = 0): Promise<Anvil> {
  const program = createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/bin/anvil')
  const options = ['--port', '0', '--hardfork', 'london', '--prune-history', '64']
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve) => {
    let said = ''
    child.stdout.on('data', (data) => {
      said += String(data)
      const match = /Listening on (\S+)/.exec(said)
      if (match) resolve(match[1] as string)
    })
  })
  const rpc = connectRpc(`ws://${address}`)
  const networkId = random(32)
  const institution = newPerson(networkId)
  const network = await deployNetwork({
    ...{ rpc, funderKey, networkId, name: 'Test', engine: 'embedded', confirmations },
    founders: [institution.party],
    doors: [],
  })
  const account = Keys.relayKey(institution.keys, 0)
  const funder = createSender({ rpc: () => rpc, privateKey: funderKey })
  const to = toHex(account.address)
  await waitForReceipt(rpc, await funder.submit({ to, value: 10n ** 18n }))
  await rpc.request('evm_setAutomine', [false])
  return {
    ...{ rpc, network, institution, account },
    mine: async () => {
      await rpc.request<Hex>('evm_mine')
    },
    async stop() {
      await rpc.close()
      child.kill()
      await ended
    },
  }
}
