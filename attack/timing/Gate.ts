import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gatekeeper, openGatekeeper } from '@medrec/gatekeeper'
import { httpCarrier, openParticipant } from '@medrec/library'
import { type Hex, Keys } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { clinicCatalogue, writeClinic } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import { relayUrl, type Someone, type Town } from '../linkage/sealed/Town.ts'

/** A gatekeeper with one patient, behind a real HTTP server on the loopback. */
export type Gate = {
  readonly url: string
  /** The relationship that it is steward of. */
  readonly relationship: Hex
  close(): Promise<void>
}

/** `isFixed`: whether refusals to strangers leave at fixed times, as shipped, or as soon as they can. */
export async function openGate(town: Town, isFixed: boolean): Promise<Gate> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-timing-'))
  const { keys } = town.providers[0] as Someone
  const clock = (): number => town.clock.now
  const participant = await openParticipant({
    ...{ keys, chain: town.chain, store: openMemoryStore(), clock, fetch: town.fetch },
    carriers: () => [httpCarrier(relayUrl(0), town.fetch)],
  })
  const databaseFile = join(folder, 'clinic.db')
  writeClinic(databaseFile)
  const database = openNodeDatabase(join(folder, 'node.db'))
  let gatekeeper: Gatekeeper | undefined
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const answer = await (gatekeeper as Gatekeeper).handle({
      ...{ method: incoming.method ?? '', path: incoming.url ?? '' },
      headers: incoming.headers as Record<string, string>,
      body: new Uint8Array(Buffer.concat(chunks)),
      remoteAddress: incoming.socket.remoteAddress ?? '',
    })
    outgoing.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  gatekeeper = await openGatekeeper({
    ...{ participant, database, catalogue: clinicCatalogue, authority, clock },
    source: { engine: 'sqlite', file: databaseFile },
    anchorAccount: Keys.anchorKey(keys),
    rate: { perSecond: 10_000, burst: 10_000 },
    rhythm: { periodSeconds: 86_400 },
    watchSeconds: 0,
    ...(!isFixed && { timer: { now: () => performance.now(), until: async () => undefined } }),
  })
  const subjectTag = (town.patients[0] as Someone).tag
  const { relationship } = await gatekeeper.enrol({
    ...{ localPatient: 'P1', subjectTag, shownAtDesk: true },
  })
  return {
    ...{ url: `http://${authority}`, relationship },
    async close() {
      await gatekeeper?.close()
      await participant.close()
      server.close()
      server.closeAllConnections()
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
