import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { openHome } from './home.ts'
import { chosenPort, freePorts } from './ports.ts'

afterEach(() => vi.unstubAllEnvs())

async function listener(port: number): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
}

/** So many ports from one on; the whole range of the environment for the rest of the test. */
function rangeFrom(first: number): readonly number[] {
  const size = 40
  vi.stubEnv('MEDREC_PORTS', `${first}-${first + size}`)
  return Array.from({ length: size }, (_, i) => first + i)
}

test('a port is free, and within what the environment allows', async () => {
  const [first] = (await freePorts(1)) as [number]
  const range = rangeFrom(first)
  await listener(first)
  for (let asked = 0; asked < 100; asked++)
    expect(range.slice(1)).toContain((await freePorts(1))[0])
})

test('several ports are each another one', async () => {
  const ports = await freePorts(30)
  expect(new Set(ports).size).toBe(30)
})

test('the portal is never given a port that one of its own nodes will listen on', async () => {
  const [free] = (await freePorts(1)) as [number]
  const nodes = rangeFrom(free).filter((port) => port !== free)
  expect(await chosenPort(0, nodes)).toBe(free)
})

test('the nodes of a new folder are never given the port that somebody asks for the portal', async () => {
  const [port] = (await freePorts(1)) as [number]
  rangeFrom(port)
  const root = mkdtempSync(join(tmpdir(), 'medrec-ports-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (let i = 0; i < 60; i++) {
    const home = await openHome({ folder: join(root, String(i)), port })
    home.unlock()
    expect(Object.values(home.ports)).not.toContain(port)
  }
})

test('a port that somebody asks for is taken as it is, unless another program or a node is to have it', async () => {
  const [port] = (await freePorts(1)) as [number]
  expect(await chosenPort(port, [])).toBe(port)
  await listener(port)
  const refused = { code: 'PORT_IN_USE' }
  await expect(chosenPort(port, [])).rejects.toMatchObject(refused)
  const [another] = (await freePorts(1)) as [number]
  await expect(chosenPort(another, [another])).rejects.toMatchObject(refused)
})
