import { existsSync } from 'node:fs'
import { type NodeDatabase, openNodeDatabase, restore } from '@medrec/records/node'
import { Disk } from './machine/Disk.ts'
import type { Plan } from './plan.ts'
import type { Outcome } from './run.ts'

/** One work on whole files, which may be cut off at any moment or find no room. */
type Work = {
  readonly name: string
  /** Works on files of the disk; `database` is open there. */
  run(disk: Disk, database: NodeDatabase): Promise<void> | void
  /** The file that it makes, if any. */
  readonly makes: string | undefined
}

const bigStep = `CREATE TABLE copied (key TEXT PRIMARY KEY, value BLOB) STRICT;
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

/** A backup, restore or migration cut off by a kill, or by a full disk; then it is done again. */
export async function runFiles({ random, seed }: Plan): Promise<Outcome> {
  const found: string[] = []
  const disk = new Disk()
  const work = random.pick(works)
  const rows = random.whole(20, 600)
  try {
    const database = openNodeDatabase(disk.path('node.db'))
    await database.store.write(
      Array.from({ length: rows }, (_, i) => ({
        ...{ table: 'things', key: [i] },
        value: new Uint8Array(1_000).fill(seed),
      })),
    )
    const isKill = random.chance(0.5)
    const struck = isKill
      ? await killed(disk, database, work, random.whole(0, 30))
      : await full(disk, database, work, random.whole(0, rows * 1_500))
    database.close()
    if (!isKill && work.makes && existsSync(disk.path(`${work.makes}.partial`)))
      found.push('what was written in vain fills the disk')
    await mend(disk, work, rows, found)
    return { struck: `${work.name} ${struck}`, violations: found }
  } catch (error) {
    return { struck: work.name, violations: [...found, String(error)] }
  } finally {
    disk.remove()
  }
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
async function mend(disk: Disk, work: Work, rows: number, found: string[]): Promise<void> {
  const database = openNodeDatabase(disk.path('node.db'))
  const must = async (one: NodeDatabase, what: string): Promise<void> => {
    const count = await one.store.count('things')
    if (count !== rows) found.push(`${what} holds ${count} of ${rows} rows`)
  }
  await must(database, 'the database')
  const isMade = (): boolean => work.makes !== undefined && existsSync(disk.path(work.makes))
  const look = async (): Promise<void> => {
    if (work.makes === undefined) return
    const made = openNodeDatabase(disk.path(work.makes))
    await must(made, work.makes)
    made.close()
  }
  if (isMade()) await look()
  if (work.name !== 'restore' || !isMade()) await work.run(disk, database)
  await look()
  if (work.name === 'migration') {
    const copied = database.get<{ n: number }>('SELECT count(*) AS n FROM copied')?.n ?? 0
    if (copied < rows) found.push(`the migration brought ${copied} of ${rows} rows`)
  }
  database.close()
}
