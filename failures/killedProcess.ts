import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeDatabase } from '@medrec/records/node'
import type { Disk } from './machine/Disk.ts'

/** One work on whole files, which may be cut off at any moment or find no room. */
export type Work = {
  readonly name: string
  /** Works on files of the disk; `database` is open there. */
  run(disk: Disk, database: NodeDatabase): Promise<void> | void
  /** The file that it makes, if any. */
  readonly makes: string | undefined
}

const cli = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const migrating = fileURLToPath(new URL('machine/migrating.ts', import.meta.url))

/** The command that does a work, as an operator types it, and the file that it writes first. */
function commandOf(disk: Disk, { name, makes }: Work): { args: readonly string[]; writes: string } {
  const database = disk.path('node.db')
  const made = disk.path(makes ?? '')
  switch (name) {
    case 'backup':
      return { args: [cli, 'backup', 'create', made, '--database', database], writes: made }
    case 'restore':
      return { args: [cli, 'backup', 'restore', database, '--database', made], writes: made }
    default:
      return { args: [migrating, database], writes: `${database}-wal` }
  }
}

/**
 * Does a work in a process of its own and ends that by SIGKILL after so many changes of the file that it writes,
 * or lets it end when there are fewer. Says which of the two it was.
 */
export async function killedProcess(disk: Disk, work: Work, changes: number): Promise<string> {
  const { args, writes } = commandOf(disk, work)
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, ...args]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  let seen = 0
  const watcher = watch(dirname(writes), (_, file) => {
    if (file?.startsWith(basename(writes)) && seen++ >= changes) child.kill('SIGKILL')
  })
  const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) =>
    child.once('close', (...end) => resolve(end)),
  )
  watcher.close()
  if (signal === 'SIGKILL') return 'killed by SIGKILL'
  if (code !== 0) throw new Error(`${work.name} as a process of its own: ${said}`)
  return 'ended before SIGKILL'
}
