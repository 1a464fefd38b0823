import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'

type SetupOptions = GlobalOptions & {
  readonly dir: string
  readonly answers?: string
  readonly database?: string
  readonly passwordFile?: string
  readonly name?: string
  readonly mapping?: string
  readonly exclude: readonly string[]
  readonly sample: readonly string[]
  readonly network?: string
  readonly door: readonly string[]
  readonly registrar?: string
  readonly portal?: string
  readonly port?: string
  readonly acceptRights?: boolean
  readonly overwrite?: boolean
  readonly yes?: boolean
}

/** `medrec provider`: what an institution's IT does once (docs/operations.md, Connecting your database). */
export function addProvider(program: Command): void {
  const group = program.command('provider').description('connect an institution’s database')
  const collect = (value: string, before: readonly string[]): readonly string[] => [
    ...before,
    value,
  ]
  group
    .command('setup')
    .description('database, mapping, dry run, exclusions, and the node’s configuration')
    .requiredOption('--dir <folder>', 'folder of the node; what was answered is kept there')
    .option('--answers <file>', 'answers as JSON (docs/operations.md)')
    .option('--database <address>', 'a SQLite file, or an address without a password')
    .option('--password-file <file>', 'file with the password of the database’s account')
    .option('--name <name>', 'name of the institution')
    .option(
      '--mapping <mapping>',
      '"proposed", "pick", a mapping that comes with MedRec, or a catalogue’s file',
    )
    .option(
      '--exclude <table>',
      'a table that must never be readable (again for each)',
      collect,
      [],
    )
    .option('--sample <patient>', 'id of a patient to try with (again for each)', collect, [])
    .option('--network <file>', 'description of the network (network.json)')
    .option(
      '--door <address>',
      'chain address to use instead of the network’s (again for each)',
      collect,
      [],
    )
    .option('--registrar <address>', 'address of the registrar’s service')
    .option('--portal <address>', 'address of the patients’ app, or "none"')
    .option('--port <port>', 'port of the node')
    .option('--accept-rights', 'use the account although it may do more than it needs')
    .option('--overwrite', 'replace node.toml and catalogue.json')
    .option('--yes', 'take what is proposed instead of asking')
    .action((_, command: Command) => setup(command.optsWithGlobals<SetupOptions>()))
}

async function setup(options: SetupOptions): Promise<void> {
  const { readAnswers } = await import('@medrec/node/setup')
  const { openDialog, scriptedDialog } = await import('../setup/Dialog.ts')
  const { openSession } = await import('../setup/Session.ts')
  const { runSetup } = await import('../setup/runSetup.ts')
  const isJson = options.json ?? false
  const output = openOutput(isJson)
  const isPerson = !isJson && !options.yes && process.stdin.isTTY && process.stdout.isTTY
  const dialog = isPerson
    ? openDialog({ input: process.stdin, output: process.stdout })
    : scriptedDialog({ takesProposals: options.yes ?? false, tell: output.progress })
  const answers = {
    ...(options.answers === undefined ? {} : readAnswers(options.answers)),
    ...given(options),
  }
  const session = openSession({ folder: options.dir, dialog, answers })
  const done = await runSetup(session, options.overwrite ?? false).finally(() => dialog.close())
  output.result(
    { ok: true, ...done },
    [
      `\nWritten: ${done.config} and ${done.catalogue}; the node's own parser has read them.`,
      `Next${done.next.length > 2 ? ' (docs/operations.md, Joining a network)' : ''}:`,
      ...done.next.map((command) => `  ${command}`),
    ].join('\n'),
  )
}

function given(options: SetupOptions) {
  const { database, passwordFile, name, mapping, network, registrar, portal, acceptRights } =
    options
  const { exclude, sample, door } = options
  const texts = { database, passwordFile, name, mapping, network, registrar, portal, acceptRights }
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)),
    ...(options.port !== undefined && { port: portOf(options.port) }),
    ...(exclude.length > 0 && {
      exclusions: exclude.map((table) => ({ table, reason: 'Stays at the institution' })),
    }),
    ...(sample.length > 0 && { samples: [...sample] }),
    ...(door.length > 0 && { doors: [...door] }),
  }
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw new UsageError('--port: a whole number from 1 to 65535.')
  return Number(text)
}
