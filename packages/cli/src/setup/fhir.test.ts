import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { medrec } from '../participant/town.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-setup-'))
const token = 'a token of nobody'
/** Somebody else's server: a door that wants a token, a web page, and another version of FHIR. */
const server = createServer((request, response) => {
  if (request.url?.startsWith('/closed/')) response.writeHead(401).end()
  else if (request.url?.startsWith('/r5/'))
    response.end(JSON.stringify({ resourceType: 'CapabilityStatement', fhirVersion: '5.0.0' }))
  else response.end('<html>Welcome</html>')
})
let port: number
/** Nobody listens there; a port that was free a moment ago might be somebody's by now. */
const closed = 2

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  writeFileSync(join(folder, 'token'), token)
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each<[string, () => string, string, string]>([
  ['lets nobody in', () => `http://127.0.0.1:${port}/closed`, 'RECORDS_UNREACHABLE', 'its token'],
  ['is a web page', () => `http://127.0.0.1:${port}`, 'RECORDS_UNREACHABLE', 'no FHIR R4 server'],
  ['speaks FHIR R5', () => `http://127.0.0.1:${port}/r5`, 'RECORDS_UNREACHABLE', 'no FHIR R4'],
  ['is not there', () => `http://127.0.0.1:${closed}`, 'RECORDS_UNREACHABLE', 'Nothing listens'],
  ['is far and without TLS', () => 'http://fhir.example', 'DATABASE_ADDRESS', 'over https only'],
])('a FHIR server that %s is refused with what to do', async (_, address, code, words) => {
  const ran = await medrec(
    ...['--json', 'provider', 'setup', '--dir', join(folder, 'node'), '--name', 'Mercy', '--yes'],
    ...['--database', address(), '--password-file', join(folder, 'token')],
  )
  expect(ran).toMatchObject({ code: 1, json: { ok: false, code } })
  expect(ran.err).toContain(words)
  expect(ran.out + ran.err).not.toContain(token)
  expect(existsSync(join(folder, 'node/node.toml'))).toBe(false)
})
