import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'
import { askHidden } from '../participant/askHidden.ts'
import { textFrom } from '../participant/input.ts'

type StaffOptions = GlobalOptions & { readonly config: string; readonly login: string }
type AddOptions = StaffOptions & {
  readonly name: string
  readonly role: string
  readonly passwordFile?: string
}

/** `medrec staff`: who may sign in at an institution's node. */
export function addStaff(program: Command): void {
  const group = program.command('staff').description('who may sign in at an institution')
  node(group.command('add'))
    .description('add a log-in, or give a known one a new name, role and password')
    .requiredOption('--login <login>', 'what the person types to sign in')
    .requiredOption('--name <name>', 'name as patients see it')
    .requiredOption('--role <role>', 'clinician, clerk, it or auditor')
    .option(
      '--password-file <file>',
      'file with the password ("-": standard input); asked for when absent',
    )
    .action((_, command: Command) => add(command.optsWithGlobals<AddOptions>()))
  node(group.command('list'))
    .description('everybody who may sign in')
    .action((_, command: Command) => list(command.optsWithGlobals<StaffOptions>()))
  node(group.command('remove'))
    .description('take a log-in away; its sessions end at once')
    .requiredOption('--login <login>', 'the log-in')
    .action((_, command: Command) => remove(command.optsWithGlobals<StaffOptions>()))
}

function node(command: Command): Command {
  return command.requiredOption('--config <file>', 'the institution’s node.toml')
}

async function add(options: AddOptions): Promise<void> {
  const { putStaff } = await import('@medrec/node')
  const { config, login, name, role } = options
  const password = await passwordOf(options)
  const { wasKnown } = await putStaff(config, { login, name, role, password })
  openOutput(options.json ?? false).result(
    { ok: true, login, role, wasKnown },
    wasKnown ? `${login} has a new name, role and password.` : `${login} may sign in now.`,
  )
}

async function list(options: StaffOptions): Promise<void> {
  const { listStaff } = await import('@medrec/node')
  const members = await listStaff(options.config)
  const output = openOutput(options.json ?? false)
  if (members.length === 0) output.result({ staff: [] }, 'Nobody may sign in yet.')
  for (const { login, name, role } of members)
    output.result({ login, name, role }, `${login}  ${role}  ${name}`)
}

async function remove(options: StaffOptions): Promise<void> {
  const { removeStaff } = await import('@medrec/node')
  await removeStaff(options.config, options.login)
  openOutput(options.json ?? false).result(
    { ok: true, login: options.login },
    `${options.login} may not sign in any more.`,
  )
}

/** The password out of a file, or typed twice at the keyboard; never out of the command line. */
async function passwordOf({ passwordFile }: AddOptions): Promise<string> {
  if (passwordFile !== undefined) return textFrom(passwordFile)
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Name a file that holds the password with --password-file FILE ("-": standard input).',
      { facts: ['Nothing was changed.'] },
    )
  const streams = { input: process.stdin, output: process.stderr }
  const [first, second] = await askHidden(['Password: ', 'Once more: '], streams)
  if (first !== second)
    throw new UsageError('The two passwords differ.', { facts: ['Nothing was changed.'] })
  return first as string
}
