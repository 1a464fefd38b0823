import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDoor } from '@medrec/client/node'
import { openGatekeeper } from '@medrec/gatekeeper'
import { type Hex, Keys, type Network, toHex } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { told } from '../read/driver.ts'
import { readGround } from '../read/ground.ts'
import { untilAnchored } from '../untilAnchored.ts'
import { bulkCatalogue } from './catalogue.ts'
import type { BulkOrders } from './gatekeeper.ts'

/** What the reading process is told. */
export type BulkReady = {
  readonly url: string
  readonly network: Network
  readonly entropy: Hex
  readonly relationship: Hex
  readonly pointer: Hex
  /** Seconds from the wish to enrol until the first version and all its parts are there. */
  readonly madeIn: number
}

/** Highest resident memory so far, in MB. */
export type BulkPeak = { readonly peak: number }

if (process.send) await serve(Number(process.argv[2]))

/** One patient with so many rows of some 200 bytes: enrolled here, served by a gatekeeper in a process of its own. */
async function serve(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bulk-'))
  fill(join(folder, 'bench.db'), rows)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const ground = await readGround(folder, url)
  const door = createDoor({ upstream: ground.rpc, allowSend: false, origins: [] })
  const network = { ...ground.network, doors: [await door.listen(0)] }
  const made = await enrolled(folder, port, ground)
  const entropy = toHex(ground.keys.institution.entropy)
  const start = (): Promise<ChildProcess> => startGatekeeper({ entropy, network, folder, port })
  let gatekeeper = await start()
  process.on('message', async (message) => {
    if (message === 'peak') {
      gatekeeper.send('peak')
      return void process.send?.(await told<BulkPeak>(gatekeeper, 'peak'))
    }
    const gone = new Promise((resolve) => gatekeeper.once('exit', resolve))
    gatekeeper.kill('SIGKILL')
    await gone
    if (message === 'kill') {
      gatekeeper = await start()
      return void process.send?.({ killed: true })
    }
    await door.close()
    await ground.close()
    rmSync(folder, { recursive: true })
    process.disconnect()
  })
  const ready: BulkReady = { url, network, entropy: toHex(ground.keys.person.entropy), ...made }
  const { maxRSS } = process.resourceUsage()
  process.send?.({ ready, peak: maxRSS / 1_024 })
}

async function startGatekeeper(orders: BulkOrders): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./gatekeeper.ts', import.meta.url))
  const gatekeeper = fork(script, [JSON.stringify(orders)], {})
  await told(gatekeeper, 'serving')
  return gatekeeper
}

/** Makes the first version and all its parts, and waits until it is anchored. */
async function enrolled(
  folder: string,
  port: number,
  ground: Awaited<ReturnType<typeof readGround>>,
): Promise<Pick<BulkReady, 'madeIn' | 'relationship' | 'pointer'>> {
  const database = openNodeDatabase(join(folder, 'node.db'))
  const gatekeeper = await openGatekeeper({
    ...{ participant: ground.institution, database, catalogue: bulkCatalogue },
    authority: `127.0.0.1:${port}`,
    source: { engine: 'sqlite', file: join(folder, 'bench.db') },
    anchorAccount: Keys.anchorKey(ground.keys.institution),
    clock: () => Date.now() / 1000,
    watchSeconds: 0,
  })
  const start = performance.now()
  const enrolment = { localPatient: 'P1', subjectTag: ground.person, shownAtDesk: true }
  const sent = await gatekeeper.enrol(enrolment)
  const madeIn = (performance.now() - start) / 1_000
  await sent.until('mined')
  await untilAnchored(gatekeeper, ground.institution)
  const pointer = gatekeeper.patient('P1')[0]?.pointer as Hex
  await gatekeeper.close()
  database.close()
  return { madeIn, relationship: sent.relationship, pointer }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

function fill(file: string, rows: number): void {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE person (id TEXT PRIMARY KEY);
    CREATE TABLE lab (id INTEGER PRIMARY KEY, patient TEXT, day TEXT, code TEXT, value TEXT, note TEXT);
    INSERT INTO person VALUES ('P1');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO lab SELECT i, 'P1', '2024-01-01', 'code-' || (i % 100), (i % 300) || '.5',
      'Measured by device ' || (i % 9) || ', ' || hex(zeroblob(70)) FROM n;
    CREATE INDEX lab_patient ON lab (patient)`)
  database.close()
}
