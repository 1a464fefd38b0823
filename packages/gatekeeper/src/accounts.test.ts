import type { Rpc } from '@medrec/client'
import {
  addressOf,
  claimOf,
  fromHex,
  type Hex,
  Keys,
  newP256Key,
  type P256Key,
  personalDigest,
  random,
  type SignableRequest,
  signRequest,
  signRequestP256,
  toBase64,
  toBase64Url,
  toHex,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceKeys } from '../../library/src/deviceKeys.ts'
import { until } from '../../library/src/network.test-support.ts'
import * as Proof from '../../library/src/Proof.ts'
import * as Query from '../../library/src/Query.ts'
import { verifyProof } from '../../library/src/verifyProof.ts'
import {
  attempt,
  now,
  ownLabs,
  post,
  type Scene,
  type Sendable,
  setScene,
  statementOf,
} from './attempt.test-support.ts'

// Requests by other accounts than a secp256k1 key: P-256 keys of a device, and contracts (ERC-1271).

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.close())

const requestOf = (body: Uint8Array): SignableRequest => ({
  ...{ authority: scene.gate.authority, method: 'POST', path: '/query' },
  ...{ contentType: 'application/json', body },
})

describe('a P-256 key of a device', () => {
  const asked = async (key: P256Key, named: P256Key = key): Promise<Sendable> => {
    const { patient } = scene.ada
    const statement = {
      ...statementOf(patient, key, scene.gate.authority),
      p256: toBase64Url(named.publicKey),
    }
    const { body } = attempt(patient, ownLabs(), { statement })
    const { chainId } = scene.net.network
    const headers = await signRequestP256(requestOf(body), key, { chainId, now: now() })
    return { body, headers }
  }

  test('asks with the statement of its owner', async () => {
    expect(await post(await asked(await newP256Key()))).toMatchObject({
      status: 200,
      isSigned: true,
    })
  })

  test('is what the app signs with: records, list and log, without a key derived from the words', async () => {
    const person = { keys: scene.ada.patient.keys, tag: '0x' } as never
    const patient = await scene.net.open(person, { deviceKey: deviceKeys() })
    const { relationship, labs } = scene.ada
    await until(patient, () => patient.summary().relationships.length > 0)
    const read = { relationship, pointer: labs, elements: ['value'], purpose: 0 }
    expect(await Query.read(patient, read)).toMatchObject({ ok: true })
    expect(await Query.index(patient, { relationship })).toMatchObject({ ok: true })
    expect(await Query.readLog(patient, { relationship })).toMatchObject({ ok: true })
  })

  test('is a stranger under the statement for another key', async () => {
    const [key, other] = [await newP256Key(), await newP256Key()]
    expect(await post(await asked(key, other))).toMatchObject({ status: 403, code: 'refused' })
    const bare = attempt(scene.ada.patient, ownLabs(), {
      statement: statementOf(scene.ada.patient, key, scene.gate.authority),
    })
    expect(await post(bare)).toMatchObject({ status: 403, code: 'refused' })
  })

  test('is answered once for one request', async () => {
    const sent = await asked(await newP256Key())
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(sent)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'request-replayed')).toHaveLength(15)
  })
})

test('what a browser with a key of its own was answered is proven to others', async () => {
  const { ada, net } = scene
  const { keys } = ada.patient
  const tag = ada.patient.me()?.idTag as Hex
  const device = await net.open({ keys, idTag: fromHex(tag), tag }, { deviceKey: deviceKeys() })
  await until(device, () => device.summary().relationships.length === 1)
  const source = { relationship: ada.relationship }
  const read = await Query.read(device, { ...source, pointer: ada.labs, purpose: 0 })
  if (!read.ok) throw new Error(read.code)
  const proof = await Proof.of(device, { source, exchange: read.exchange, rpc: net.rpc })
  expect(verifyProof(JSON.parse(JSON.stringify(proof)))).toMatchObject({
    ok: true,
    requester: { idTag: tag },
    content: { kind: 'answer', subject: tag, resource: 'labs' },
  })
})

/**
 * A contract account that confirms the digests its owner approved, assembled by hand: `isValidSignature` looks into
 * the slot of the digest, any other call sets the slot that its first word names.
 */
const approver: Hex =
  '0x60003560e01c631626ba7e14601657600160003555005b6004355460235760206000f35b631626ba7e60e01b60005260206000f3'

describe('a contract account', () => {
  let account: Hex
  beforeAll(async () => {
    account = await scene.net.deploy(approver)
  })

  const asked = (): Sendable => {
    const { patient } = scene.ada
    const address = fromHex(account, 20)
    const statement = statementOf(patient, { address }, scene.gate.authority)
    const { chainId } = scene.net.network
    const { body } = attempt(patient, ownLabs(), { statement })
    const key = { ...Keys.requestKey(patient.keys, scene.gate.authority, now()), address }
    const headers = signRequest(requestOf(body), key, { chainId, now: now() })
    return { body, headers: { ...headers, signature: `eth=:${toBase64(random(97))}:` } }
  }

  test('asks once it confirms the signature on the chain, and not before', async () => {
    const sent = asked()
    expect(await post(sent)).toMatchObject({ status: 403, code: 'refused' })
    const claim = claimOf(requestOf(sent.body), sent.headers, scene.net.network.chainId)
    await scene.net.call(account, toHex(claim?.digest ?? personalDigest(sent.body)))
    await scene.gate.participant.chain.refresh()
    expect(await post(sent)).toMatchObject({ status: 200, isSigned: true })
    expect(await post(sent)).toMatchObject({ code: 'request-replayed' })
    expect(await post(asked())).toMatchObject({ status: 403, code: 'refused' })
  })

  test('is not believed to confirm by the word of one door, where there are two', async () => {
    const { chain } = scene.gate.participant
    const liar = {
      ...scene.net.rpc,
      request: async (method: string, params: readonly unknown[] = []) =>
        method === 'eth_call'
          ? `0x1626ba7e${'00'.repeat(28)}`
          : scene.net.rpc.request(method, params),
    } as Rpc
    const [rpc, witness] = [chain.rpc.bind(chain), chain.witness.bind(chain)]
    try {
      chain.rpc = () => liar
      expect(await post(asked())).toMatchObject({ status: 200 })
      chain.witness = async () => scene.net.rpc
      expect(await post(asked())).toMatchObject({ status: 403, code: 'refused' })
      chain.rpc = rpc
      chain.witness = async () => liar
      expect(await post(asked())).toMatchObject({ status: 403, code: 'refused' })
    } finally {
      Object.assign(chain, { rpc, witness })
    }
  })

  test('that is none is a stranger', async () => {
    account = toHex(addressOf(random(64)))
    expect(await post(asked())).toMatchObject({ status: 403, code: 'refused' })
    account = scene.net.network.ledger
    expect(await post(asked())).toMatchObject({ status: 403, code: 'refused' })
  })
})
