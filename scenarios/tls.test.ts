import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import { type StaffClient, signIn } from '@medrec/node/people'
import { type Hex, parseNetwork } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocks, openTerminals, page, type Terminals } from './operations.test-support.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const isCi = process.env['CI'] === 'true'
let terminals: Terminals
let url: string
let certificate: string
let clinician: StaffClient
let idTag: Hex
let relationship: Hex

beforeAll(async () => {
  terminals = await openTerminals((folder) => ({
    NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
    MEDREC_PASSPHRASE: 'a passphrase of this test',
  }))
  url = `https://localhost:${terminals.ports.node}`
})

afterAll(() => terminals.close())

/** What the page tells to change for a node that other machines reach. */
function encrypted(text: string): string {
  return ['NODE_PORT', 'PORTAL_PORT'].reduce(
    (changed, port) =>
      changed
        .replace(
          `[listen]\nport = $${port}`,
          `[listen]\nport = $${port}\nhost = "0.0.0.0"\nurl = "https://localhost:$${port}"\ntls = { cert = "../cert.pem", key = "../key.pem" }`,
        )
        .replaceAll(`"http://localhost:$${port}"`, `"https://localhost:$${port}"`)
        .replaceAll(`ws://localhost:$${port}/`, `wss://localhost:$${port}/`),
    text,
  )
}

/** `fetch` for programs that were told of the certificate. */
const fetchTrusting: typeof fetch = (address, options = {}) =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers, body } = options
    const asked = request(
      String(address),
      { method, headers: headers as Record<string, string>, ca: certificate },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => {
          const cookies = response.headers['set-cookie'] ?? []
          const given = new Headers(cookies.map((cookie) => ['set-cookie', cookie]))
          const { statusCode: status = 0 } = response
          resolve(new Response(Buffer.concat(chunks), { status, headers: given }))
        })
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })

async function ada(command: string): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await terminals.run(`medrec --home person --as ada --json ${command}`)
  if (code !== 0) throw new Error(`${command}\n${out}\n${err}`)
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
}

if (!hasOpenssl) console.log('SKIPPED serving over TLS: no openssl')

describe.skipIf(!hasOpenssl && !isCi)('an institution over TLS (needs openssl)', () => {
  test('the page sets up an institution that other machines reach, over TLS only', async () => {
    const example = /^openssl req[^`]*/m.exec(page)?.[0] ?? ''
    const made = await terminals.run(example.replace('IP:192.168.1.20', 'IP:127.0.0.1'))
    expect([made.code, made.err]).toEqual([0, expect.any(String)])
    certificate = readFileSync(join(terminals.folder, 'cert.pem'), 'utf8')
    for (const { kind, text } of blocks)
      if (kind === 'start') await terminals.start(encrypted(text))
      else expect(await terminals.run(encrypted(text))).toMatchObject({ code: 0 })
    const places = [terminals.ports.node, terminals.ports.portal]
    for (const port of places) {
      expect((await fetchTrusting(`https://localhost:${port}/config.json`)).status).toBe(200)
      expect((await fetchTrusting(`https://127.0.0.1:${port}/config.json`)).status).toBe(200)
      await expect(fetch(`https://localhost:${port}/config.json`)).rejects.toThrow()
      await expect(fetch(`http://localhost:${port}/config.json`)).rejects.toThrow()
    }
  })

  test('a patient registers over TLS, with a certificate that her program was told of', async () => {
    const password = readFileSync(join(terminals.folder, 'mercy/first.password'), 'utf8').trim()
    clinician = await signIn(url, 'c.adams', password, fetchTrusting)
    const { code } = await clinician.post<{ code: string }>('invitations', {
      localPatient: 'P-1',
    })
    mkdirSync(join(terminals.folder, 'person'))
    const file = 'network.json'
    cpSync(join(terminals.folder, file), join(terminals.folder, 'person', file))
    await ada('identity new')
    const registered = await ada(`identity register ${code}@${url}`)
    expect(registered).toMatchObject({ ok: true, already: false })
    idTag = registered['idTag'] as Hex
  })

  test('she accepts, and reads her record over https and the chain over wss, proven', async () => {
    const sent = await clinician.post<{ relationship: Hex }>('patients/P-1/relationship', {
      idTag,
    })
    relationship = sent.relationship
    await untilProposed(relationship)
    await ada(`relationship accept ${relationship}`)
    const read = await ada(`query ${relationship} labs name,value`)
    expect(read['rows']).toEqual([{ name: 'Hemoglobin', value: '13.2' }])
  })
})

/** The chain as its own machine sees it. */
async function untilProposed(id: Hex): Promise<void> {
  const network = parseNetwork(
    JSON.parse(readFileSync(join(terminals.folder, 'network.json'), 'utf8')),
  )
  expect(network.doors).toEqual([`wss://localhost:${terminals.ports.node}/chain`])
  const doors = [`ws://127.0.0.1:${terminals.ports.chain}`]
  const chain: Chain = await followChain({ network, doors, store: openMemoryStore() })
  try {
    await chain.synced()
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (chain.view().relationship(id)?.status === 'proposed') resolve()
      }
      chain.subscribe(look)
      look()
    })
  } finally {
    await chain.stop()
  }
}
