import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explained, writeKeystore } from '@medrec/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runMedrec, startMedrec } from './processes.test-support.ts'

const networkId = `0x${'11'.repeat(32)}`
const network = {
  name: 'Test',
  networkId,
  chainId: 1234,
  registrar: `0x${'22'.repeat(20)}`,
  ledger: `0x${'33'.repeat(20)}`,
  startBlock: 1,
  engine: 'embedded',
  confirmations: 0,
  doors: ['ws://127.0.0.1:9'],
}

let folder: string
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-bad-'))
  writeFileSync(at('network.json'), JSON.stringify(network))
  writeKeystore({
    ...{ file: at('keystore.json'), entropy: new Uint8Array(16), passphrase: 'right', cost: 1024 },
  })
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const patientConfig = `role = "patient"
name = "Home"
[listen]
port = 0
[network]
file = "network.json"
[keystore]
file = "keystore.json"
passphrase_env = "TEST_PASSPHRASE"
[patient]
database = "store.db"
`
const chainConfig = `role = "chain"
name = "Chain"
[listen]
port = 0
[chain]
journal = "journal.db"
network_file = "net.json"
`

/** Runs a node that must not start; its exit code and the lines it says. */
async function refused(
  config: string | undefined,
  passphrase = 'right',
): Promise<{ code: number | string; errors: string }> {
  if (config !== undefined) writeFileSync(at('node.toml'), config)
  const node = startMedrec(['node', '--config', at('node.toml')], { TEST_PASSPHRASE: passphrase })
  // A node that starts after all would never end.
  node.line(/is ready/).then(
    () => node.child.kill('SIGKILL'),
    () => undefined,
  )
  const code = await node.ended
  // Log lines stand beside the message when there is no log file.
  const message = node
    .errors()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
  return { code, errors: message.join('\n').trim() }
}

describe('a node says what is wrong and ends with 1', () => {
  test('without a configuration', async () => {
    const { code, errors } = await refused(undefined)
    expect(code).toBe(1)
    expect(errors).toBe(
      `The configuration cannot be used: ${at('node.toml')}\nThe file cannot be read. Check the path and its permissions.\n(CONFIG_WRONG: see docs/errors.md)`,
    )
  })

  test('with a passphrase that does not open the keystore', async () => {
    const { code, errors } = await refused(patientConfig, 'wrong')
    expect(code).toBe(1)
    expect(errors).toContain('The passphrase does not open this keystore.')
    expect(errors).toContain('KEYSTORE_LOCKED')
    expect(errors).not.toContain('wrong')
  })

  test('with a damaged description of the network', async () => {
    writeFileSync(at('network.json'), '{"name": "Test"')
    const { code, errors } = await refused(patientConfig)
    expect(code).toBe(1)
    expect(errors).toContain('NETWORK_FILE')
  })

  test('with a file in the place of its database, which it leaves alone', async () => {
    writeFileSync(at('store.db'), 'a letter to my sister, not a database at all')
    const { code, errors } = await refused(patientConfig)
    expect(code).toBe(1)
    expect(errors).toContain('DATABASE_FOREIGN')
    expect(readFileSync(at('store.db'), 'utf8')).toContain('a letter to my sister')
  })
})

describe('a chain says what is wrong with its journal and ends with 1', () => {
  test('with a truncated journal, or one of another network', async () => {
    writeFileSync(at('node.toml'), chainConfig)
    const chain = startMedrec(['node', '--config', at('node.toml')])
    await chain.line(/is ready/)
    chain.child.kill('SIGTERM')
    expect(await chain.ended).toBe(0)

    writeFileSync(at('net.json'), JSON.stringify(network))
    const named = startMedrec(['node', '--config', at('node.toml')])
    await named.line(/is ready/)
    named.child.kill('SIGTERM')
    await named.ended

    const other = { ...network, networkId: `0x${'99'.repeat(32)}` }
    writeFileSync(at('net.json'), JSON.stringify(other))
    const foreign = await refused(undefined)
    expect(foreign.code).toBe(1)
    expect(foreign.errors).toContain('JOURNAL_OF_ANOTHER_NETWORK')

    writeFileSync(at('net.json'), JSON.stringify(network))
    for (const ending of ['-wal', '-shm']) rmSync(at(`journal.db${ending}`), { force: true })
    truncateSync(at('journal.db'), 5_000)
    const truncated = await refused(undefined)
    expect(truncated.code).toBe(1)
    expect(truncated.errors).toMatch(/\(JOURNAL_[A-Z]+: see docs\/errors.md\)/)
  })
})

const demo = (...more: string[]): ReturnType<typeof runMedrec> =>
  runMedrec(['demo', '--home', at('home'), ...more])

describe('a demonstration says what stands in its way and changes nothing', () => {
  let busy: Server
  let port: number

  beforeEach(async () => {
    busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, 'localhost', resolve))
    port = (busy.address() as AddressInfo).port
  })

  afterEach(() => busy.close())

  test('when another program listens on its port', async () => {
    const { code, errors } = await demo('--port', String(port))
    expect(code).toBe(1)
    expect(errors).toContain(`Another program already listens on port ${port}.`)
    expect(errors).toContain('PORT_IN_USE')
  })

  test('when one runs in the folder already', async () => {
    mkdirSync(at('home'))
    writeFileSync(at('home/running.pid'), String(process.pid))
    const { code, errors } = await demo()
    expect(code).toBe(1)
    expect(errors).toContain('HOME_BUSY')
    expect(readFileSync(at('home/running.pid'), 'utf8')).toBe(String(process.pid))
  })
})

describe('a demonstration says what is wrong with its folder or options', () => {
  test('when its own file is damaged', async () => {
    mkdirSync(at('home'))
    writeFileSync(at('home/demo.json'), '{"version": 9}')
    const { code, errors } = await demo()
    expect(code).toBe(1)
    expect(errors).toContain('HOME_UNREADABLE')
    expect(readFileSync(at('home/demo.json'), 'utf8')).toBe('{"version": 9}')
  })

  test('when --fresh would delete something else, or was not meant', async () => {
    mkdirSync(at('home'))
    writeFileSync(at('home/diary.txt'), 'mine')
    const other = await demo('--fresh', '--yes')
    expect(other.code).toBe(1)
    expect(other.errors).toContain('NOT_A_HOME')
    const unasked = await demo('--fresh')
    expect(unasked.code).toBe(2)
    expect(unasked.errors).toContain('Add --yes')
    expect(readFileSync(at('home/diary.txt'), 'utf8')).toBe('mine')
  })

  test.each([
    ['a port that is none', ['--port', 'eighty'], 2, 'USAGE'],
    ['a folder that is not there', ['--data', '/nowhere/at/all'], 1, 'DATA_FOLDER'],
    ['an option that it does not know', ['--prot', '1'], 2, 'unknown option'],
  ])('with %s', async (_, options, wanted, words) => {
    const { code, errors } = await demo(...options)
    expect(code).toBe(wanted)
    expect(errors).toContain(words)
  })
})

test('no space on the disk is said as such', () => {
  const full = (): void => writeFileSync('/dev/full', 'one byte too many')
  let error: unknown
  try {
    full()
  } catch (cause) {
    error = explained(cause)
  }
  expect(error).toMatchObject({ code: 'DISK_FULL' })
})
