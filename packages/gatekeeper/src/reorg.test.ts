import { encodeRecord, fromHex, type Hex, Keys, ledgerDomain, toHex, uint } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import { attempt, post, type Scene, setScene, sharedLabs } from './attempt.test-support.ts'

let scene: Scene
let grant: Hex
let hospital: Opened

beforeAll(async () => {
  scene = await setScene()
  grant = scene.grant
  hospital = scene.gate.participant
  await scene.gate.idle()
})
afterAll(() => scene.close())

const ask = async (): Promise<string> => {
  const { status, code, isSigned } = await post(attempt(scene.doctor, sharedLabs()))
  return `${code} ${status} ${isSigned ? 'signed' : 'unsigned'}`.trim()
}
const isRevoked = (): boolean | undefined => hospital.chain.view().grant(grant)?.revoked

/** Signs as the patient would, but tells only the chain. */
async function revokeOnChain(): Promise<void> {
  const { keys, network } = scene.ada.patient
  const key = Array.from({ length: 32 }, (_, i) =>
    Keys.grantKey(keys, fromHex(scene.ada.relationship, 32), uint(i, 16)),
  ).find(({ address }) => toHex(address) === grant)
  if (!key) throw new Error('the grant is not of this relationship')
  const operation = { kind: 'revoke', key: key.address } as const
  await scene.net.relay.send(encodeRecord(operation, key, ledgerDomain(network)))
  await until(hospital, () => isRevoked() === true)
}

test('who was refused for a revocation stays refused when its block is reorganised away', async () => {
  const { rpc } = scene.net
  expect(await ask()).toBe('200 signed')
  const snapshot = await rpc.request('evm_snapshot')
  await revokeOnChain()
  expect(await ask()).toBe('grant-revoked 403 signed')
  await rpc.request('evm_revert', [snapshot])
  await rpc.request('anvil_mine', ['0x3'])
  await hospital.chain.refresh()
  expect(isRevoked()).toBe(false)
  expect(await ask()).toBe('grant-revoked 403 signed')
  await scene.gate.reopen()
  expect(await ask()).toBe('grant-revoked 403 signed')
})
