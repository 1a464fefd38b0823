import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Catalogue } from '../catalogue.ts'
import { clinicCatalogue } from '../clinic.test-support.ts'
import { DatabaseStoppedError } from './Adapter.ts'
import { patientLimits } from './limits.test-support.ts'
import { open as openMariadb } from './mariadb/clinic.test-support.ts'
import { openWriter } from './openWriter.ts'
import { open as openPostgres } from './postgres/clinic.test-support.ts'
import { hasMariadb, hasPostgres } from './servers.test-support.ts'
import type { Source } from './source.ts'
import { definition, openFor, type SqlClinic } from './suite.test-support.ts'
import type { Change, Writer } from './Writer.ts'

/** Cuts a connection at a word of the client's: before the server hears it, or when the server has answered it. */
type Cut = { readonly at: string; readonly when: 'before' | 'after' }

/** A wire to a server that can be cut once. */
async function wireTo(port: number) {
  let next: Cut | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const ends = [client, upstream]
    const cut = (): void => {
      for (const end of ends) end.destroy()
    }
    let isHeard = false
    for (const end of ends) {
      sockets.add(end)
      end.on('error', () => undefined)
      end.on('close', cut)
    }
    client.on('data', (data) => {
      if (next && data.includes(next.at)) {
        const { when } = next
        next = undefined
        if (when === 'before') return cut()
        isHeard = true
      }
      upstream.write(data)
    })
    // An answer of the server is there, and lost.
    upstream.on('data', (data) => (isHeard ? cut() : client.write(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return {
    port: (server.address() as { port: number }).port,
    cut: (at: string, when: Cut['when']): void => {
      next = { at, when }
    },
    isCut: (): boolean => next === undefined,
  }
}

const engines = [
  { name: 'PostgreSQL (needs postgresql)', isThere: hasPostgres, open: openPostgres },
  { name: 'MariaDB (needs mariadb-server)', isThere: hasMariadb, open: openMariadb },
]

const { resources } = clinicCatalogue
const [labs] = resources as readonly [Catalogue['resources'][number]]

let records = 0
const nextOwner = (): string => `owner ${records}`

function insertOf(owner: string): Change {
  return {
    ...{
      kind: 'insert',
      resource: labs,
      owner,
      values: { date: '2024-05-06', code: '2160-0', value: '0.90' },
    },
    key: String(4_611_686_018_427_380_000n + BigInt(records++)),
    template: labs.insert as Change['template'],
  }
}

/** A writer over such a wire, and what a reader finds who is not on it. */
async function ready({ source, writeSource }: SqlClinic) {
  const wire = await wireTo((writeSource as Extract<Source, { port: number }>).port)
  const through = { ...writeSource, port: wire.port } as Source
  const sources = { source: through, writeSource: through }
  const writer = (await openWriter({ ...sources, resources, limits: patientLimits })) as Writer
  onTestFinished(() => writer.close())
  const adapter = await openFor(source)
  const rowsOf = async (owner: string) => (await adapter.rows(definition('labs'), owner)).rows
  return { ...wire, writer, rowsOf }
}

describe.each(engines)('a connection lost while writing to $name', ({ isThere, open }) => {
  const lacks = !isThere && process.env['CI'] !== 'true'
  const ground: { clinic?: SqlClinic } = {}
  beforeAll(async () => {
    if (!lacks) ground.clinic = await open()
  })
  afterAll(() => ground.clinic?.close())

  test.skipIf(lacks).each([
    ['before the server hears the statement', 'statement', 'before', 0],
    ['when the server has taken the statement', 'statement', 'after', 0],
    ['before the server hears the commit', 'commit', 'before', 0],
    ['when the server has committed', 'commit', 'after', 1],
  ] as const)(
    '%s says so, and the same write again leaves one record',
    async (_, at, when, rows) => {
      const { writer, cut, isCut, rowsOf } = await ready(ground.clinic as SqlClinic)
      const owner = nextOwner()
      const insert = insertOf(owner)
      // The text of a prepared statement goes over once; its values go each time.
      cut(at === 'commit' ? 'COMMIT' : owner, when)
      await expect(writer.write(insert)).rejects.toThrow(DatabaseStoppedError)
      expect(isCut()).toBe(true)
      expect(await rowsOf(owner)).toHaveLength(rows)
      const outcome = rows === 0 ? 'written' : 'exists'
      expect(await writer.write(insert)).toEqual({ outcome, key: insert.key })
      expect(await rowsOf(owner)).toEqual([[insert.key, '2024-05-06', '2160-0', '0.90', 'true']])
    },
  )

  test.skipIf(lacks)(
    'a correction whose answer is lost is done once, whoever repeats it',
    async () => {
      const { writer, cut, rowsOf } = await ready(ground.clinic as SqlClinic)
      const insert = insertOf('corrected')
      await writer.write(insert)
      const update: Change = {
        ...{ kind: 'update', resource: labs, owner: 'corrected', key: insert.key },
        template: labs.update as Change['template'],
        values: { value: '1.00' },
      }
      cut('COMMIT', 'after')
      await expect(writer.write(update)).rejects.toThrow(DatabaseStoppedError)
      expect(await writer.write(update)).toEqual({ outcome: 'written', key: insert.key })
      expect(await rowsOf('corrected')).toEqual([
        [insert.key, '2024-05-06', '2160-0', '1.00', 'true'],
      ])
    },
  )
})
