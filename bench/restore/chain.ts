import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDoor, startEmbedded } from '@medrec/client/node'
import { type Hex, type Network, toHex } from '@medrec/protocol'
import { foundOn } from '../founded.ts'
import { fillLedger, fillWithNotes } from './ledger.ts'

/** What the measuring process is told: first who is to be restored and where, then that all of it is there. */
export type Told =
  | { readonly url: string; readonly network: Network; readonly entropy: Hex }
  | { readonly head: number; readonly notesMs: number }

/** How much the measuring process wants on the chain. */
export type Wanted = { readonly relationships: number; readonly notes: number }

// The chain's side of `restore`, in a process of its own: an engine, its door, and those who write to it.
const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
const engine = await startEmbedded({
  journalPath: join(folder, 'restore.sqlite'),
  minimumBlockMs: 0,
})
const door = createDoor({ upstream: engine.rpc, allowSend: false, origins: [] })
// Not `door.listen`, which wants to be asked for by its own port: `--rtt` comes from another one.
const server = createServer()
server.on('upgrade', (request, socket, head) => door.handleUpgrade(request, socket, head))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
const founded = await foundOn(engine)
process.once('disconnect', () => {
  server.close()
  door
    .close()
    .then(() => engine.stop())
    .finally(() => rmSync(folder, { recursive: true }))
})
process.once('message', (wanted: Wanted) => {
  fill(wanted).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.disconnect()
  })
})
tell({ url, network: founded.network, entropy: toHex(founded.person.keys.entropy) })

async function fill({ relationships, notes }: Wanted): Promise<void> {
  const start = performance.now()
  await fillWithNotes(engine, founded, notes)
  const notesMs = performance.now() - start
  await fillLedger(engine, founded, relationships)
  tell({ head: engine.status().head.number, notesMs })
}

function tell(told: Told): void {
  process.send?.(told)
}
