import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Profile } from '@medrec/client'
import { fromHex, Keys, type Network, toHex } from '@medrec/protocol'
import { afterEach, expect, test } from 'vitest'
import * as Invitation from './Invitation.ts'

const profile = (name: string, url: string): Profile =>
  ({ name, url, idTag: toHex(new Uint8Array(32).fill(name.length)) }) as Profile
const mercy = profile('Mercy Hospital', 'https://mercy.example/')
const lake = profile('Lake Clinic', 'http://localhost:8620')
const broken = profile('Broken', 'javascript:alert(1)')
const view = { institutions: () => [mercy, lake, broken] }
const asMercy = { idTag: mercy.idTag, name: 'Mercy Hospital', origin: 'https://mercy.example' }
const asLake = { idTag: lake.idTag, name: 'Lake Clinic', origin: 'http://localhost:8620' }

test.each([
  ['a code with the address', 'K7QM-2RTX@https://mercy.example'],
  ['a link', 'https://app.example/#invitation=K7QM-2RTX@https://mercy.example'],
  ['a link in which signs are encoded', 'x#invitation=K7QM-2RTX%40https%3A%2F%2Fmercy.example'],
  ['an address that was copied with more', ' K7QM-2RTX@https://MERCY.example:443/staff?x '],
])('%s is of the institution that published this address', (_, text) => {
  expect(Invitation.read(text, view)).toEqual({ code: 'K7QM-2RTX', inviters: [asMercy] })
})

test('a code alone may be of any institution; one with an unusable address is none', () => {
  expect(Invitation.read('K7QM-2RTX', view)).toEqual({
    code: 'K7QM-2RTX',
    inviters: [asMercy, asLake],
  })
})

test.each([
  'https://evil.example',
  'https://mercy.example.evil.example',
  'https://mercy.example:8443',
  'http://mercy.example',
  'http://localhost:8621',
  'http://127.0.0.1:8620',
])('an address that no institution published is refused: %s', (origin) => {
  expect(() => Invitation.read(`K7QM-2RTX@${origin}`, view)).toThrow(Invitation.InviterUnknownError)
})

test.each([
  '',
  '@https://mercy.example',
  'K7QM-2RTX@',
  'K7QM-2RTX@mercy.example',
  'K7QM-2RTX@javascript:alert(1)',
  'K7QM-2RTX@https://mercy.example@evil.example',
  'https://mercy.example/',
  '../../login@https://mercy.example',
  `${'x'.repeat(101)}@https://mercy.example`,
])('%j is no invitation', (text) => {
  expect(() => Invitation.read(text, view)).toThrow(Invitation.InvitationUnreadableError)
})

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server that gives one answer to everything, and what it was asked. */
async function serve(
  status: number,
  headers: Record<string, string>,
  body: string,
): Promise<{ inviter: Invitation.Inviter; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(status, headers)
    response.end(body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { inviter: { ...asMercy, origin }, asked }
}

const networkId = toHex(new Uint8Array(32).fill(1))
const network: Network = {
  ...{ name: 'Test', engine: 'embedded', chainId: 7, startBlock: 0, confirmations: 0, doors: [] },
  ...{ networkId, registrar: `0x${'02'.repeat(20)}`, ledger: `0x${'03'.repeat(20)}` },
}
const keys = Keys.fromEntropy(new Uint8Array(16).fill(4), fromHex(networkId, 32))
const accept = (inviter: Invitation.Inviter): Promise<unknown> =>
  Invitation.accept({ keys, network, code: 'K7QM-2RTX', inviter, fetch })

test('an institution that sends us on to another address gets no further question', async () => {
  const other = await serve(200, {}, '{}')
  const { inviter, asked } = await serve(307, { location: other.inviter.origin }, '{}')
  await expect(accept(inviter)).rejects.toMatchObject({ code: 'INVITATION_REFUSED' })
  expect(asked).toEqual(['GET /api/register/K7QM-2RTX'])
  expect(other.asked).toEqual([])
})

test.each([
  ['no JSON', 200, 'hello', 'It does not answer as it should.'],
  ['no tag', 200, '{"idTag":"0x12"}', 'It does not answer as it should.'],
  ['nothing', 200, 'null', 'It does not answer as it should.'],
  ['a refusal', 410, '{"message":"It has expired.","whatToDo":"Ask."}', 'It has expired. Ask.'],
  ['a refusal without words', 500, '{}', 'It answered 500.'],
])('%s registers nobody, and says so', async (_, status, body, words) => {
  const { inviter, asked } = await serve(status, {}, body)
  await expect(accept(inviter)).rejects.toMatchObject({ code: 'INVITATION_REFUSED', words })
  expect(asked).toHaveLength(1)
})
