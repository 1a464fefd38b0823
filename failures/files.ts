import { existsSync } from 'node:fs'
import type { Write } from '@medrec/records'
import { type NodeDatabase, openNodeDatabase, restore } from '@medrec/records/node'
import { killedProcess, type Work } from './killedProcess.ts'
import { Disk } from './machine/Disk.ts'
import type { Plan } from './plan.ts'
import type { Outcome } from './run.ts'

/** What a migration does that takes its time. */
export const bigStep: string = `CREATE TABLE copied (key TEXT PRIMARY KEY, value BLOB) STRICT;
  INSERT INTO copied SELECT hex(key), value FROM records`

const works: readonly Work[] = [
  {
    name: 'backup',
    makes: 'backup.db',
    run: (disk, database) => database.backup(disk.path('backup.db')),
  },
  {
    name: 'restore',
    makes: 'restored.db',
    run: (disk) => restore(disk.path('node.db'), disk.path('restored.db')),
  },
  { name: 'migration', makes: undefined, run: (_, database) => database.migrate('big', [bigStep]) },
]

/** Ways in which a work may end early: cut off in this process, or in one of its own, or without room. */
const ways = ['cut', 'process', 'full'] as const

/** A backup, restore or migration cut off by a kill, or by a full disk; then it is done again. */
export async function runFiles({ random, seed }: Plan): Promise<Outcome> {
  const found: string[] = []
  const disk = new Disk()
  const work = random.pick(works)
  const rows = random.whole(20, 600)
  try {
    const database = openNodeDatabase(disk.path('node.db'))
    const earlier = work.name === 'backup' && random.chance(0.5) ? Math.ceil(rows / 2) : undefined
    if (earlier !== undefined) {
      await database.store.write(things(0, earlier, seed))
      await database.backup(disk.path(work.makes as string))
    }
    await database.store.write(things(earlier ?? 0, rows, seed))
    const way = random.pick(ways)
    const struck = await {
      cut: () => killed(disk, database, work, random.whole(0, 30)),
      process: () => killedProcess(disk, work, random.whole(0, 12)),
      full: () => full(disk, database, work, random.whole(0, rows * 1_500)),
    }[way]()
    database.close()
    if (way === 'full' && work.makes && existsSync(disk.path(`${work.makes}.partial`)))
      found.push('what was written in vain fills the disk')
    await mend(disk, work, { rows, earlier }, found)
    return { struck: `${work.name} ${struck}`, violations: found }
  } catch (error) {
    return { struck: work.name, violations: [...found, String(error)] }
  } finally {
    disk.remove()
  }
}

function things(from: number, to: number, fill: number): readonly Write[] {
  return Array.from({ length: to - from }, (_, i) => ({
    ...{ table: 'things', key: [from + i] },
    value: new Uint8Array(1_000).fill(fill),
  }))
}

/** SIGKILL some turns after it began. */
async function killed(
  disk: Disk,
  database: NodeDatabase,
  work: Work,
  turns: number,
): Promise<string> {
  const done = Promise.resolve(work.run(disk, database))
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
  disk.cut()
  await done.catch(() => undefined) // of the dead: its folder is gone
  return 'killed'
}

async function full(disk: Disk, database: NodeDatabase, work: Work, room: number): Promise<string> {
  disk.fill(room)
  try {
    await work.run(disk, database)
    return 'had room'
  } catch {
    return 'without room'
  } finally {
    disk.makeRoom()
  }
}

/** What is there is whole, and the same work done again comes to its end. */
async function mend(
  disk: Disk,
  work: Work,
  { rows, earlier }: { readonly rows: number; readonly earlier: number | undefined },
  found: string[],
): Promise<void> {
  const database = openNodeDatabase(disk.path('node.db'))
  const must = async (one: NodeDatabase, what: string, or = rows): Promise<void> => {
    const count = await one.store.count('things')
    if (count !== rows && count !== or) found.push(`${what} holds ${count} of ${rows} rows`)
  }
  await must(database, 'the database')
  const isMade = (): boolean => work.makes !== undefined && existsSync(disk.path(work.makes))
  const look = async (or = rows): Promise<void> => {
    if (work.makes === undefined) return
    const made = openNodeDatabase(disk.path(work.makes))
    await must(made, work.makes, or)
    made.close()
  }
  if (earlier !== undefined && !isMade()) found.push('an earlier backup is gone')
  if (isMade()) await look(earlier)
  if (work.name !== 'restore' || !isMade()) await work.run(disk, database)
  await look()
  if (work.makes !== undefined && existsSync(disk.path(`${work.makes}.partial`)))
    found.push('what a kill left half done stays')
  if (work.name === 'migration') {
    const copied = database.get<{ n: number }>('SELECT count(*) AS n FROM copied')?.n ?? 0
    if (copied < rows) found.push(`the migration brought ${copied} of ${rows} rows`)
  }
  database.close()
}
