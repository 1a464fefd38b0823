import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openNodeDatabase, restore } from '@medrec/records/node'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'

type BackupOptions = GlobalOptions & { readonly node?: string; readonly database?: string }

/** `medrec backup`: a whole copy of a node's database while it runs, and back (docs/operations.md, Backup and restore). */
export function addBackup(program: Command): void {
  const group = program.command('backup').description('copies of a node’s database')
  which(group.command('create <file>').description('write a whole, checked copy')).action(
    (file: string, _, command: Command) =>
      create(resolve(file), command.optsWithGlobals<BackupOptions>()),
  )
  which(
    group.command('restore <file>').description('put a copy in place of a database that is gone'),
  ).action((file: string, _, command: Command) =>
    bringBack(resolve(file), command.optsWithGlobals<BackupOptions>()),
  )
}

function which(command: Command): Command {
  return command
    .option('--node <name>', 'a node of --home: its database is nodes/NAME/node.db')
    .option('--database <file>', 'a node’s database file')
}

async function create(file: string, options: BackupOptions): Promise<void> {
  const path = databaseOf(options)
  if (!existsSync(path) || statSync(path).size === 0)
    throw new UsageError('There is no database to copy.', {
      facts: [`File: ${path}`, 'Nothing was written. Name it with --database FILE or --node NAME.'],
    })
  const database = openNodeDatabase(path)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    await database.backup(file)
    writeFileSync(`${path}.backup`, `${new Date().toISOString()}\n`) // the status page shows it
  } finally {
    database.close()
  }
  const bytes = statSync(file).size
  openOutput(options.json ?? false).result(
    { ok: true, file, bytes },
    `The copy is whole and checked: ${file} (${bytes} bytes).\nIt holds what the node holds: keep it as safe as the node. The keystore is not in it.`,
  )
}

async function bringBack(file: string, options: BackupOptions): Promise<void> {
  const path = databaseOf(options)
  if (!existsSync(file))
    throw new UsageError('There is no such copy.', {
      facts: [`File: ${file}`, 'Nothing was changed.'],
    })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await restore(file, path)
  openOutput(options.json ?? false).result(
    { ok: true, database: path },
    `The database is back: ${path}\nStart the node now; what happened since the copy comes back from the chain.`,
  )
}

function databaseOf({ home, node, database }: BackupOptions): string {
  if ((node === undefined) === (database === undefined))
    throw new UsageError('Name the database: --node NAME (of --home) or --database FILE.')
  if (database !== undefined) return resolve(database)
  if (!/^[a-z0-9-]+$/i.test(node ?? '')) throw new UsageError('--node: the short name of a node.')
  return resolve(join(home, 'nodes', node ?? '', 'node.db'))
}
