import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { type Output, openOutput, UsageError } from '../output.ts'
import { askHidden } from '../participant/askHidden.ts'
import { textFrom } from '../participant/input.ts'
import { secondsOf } from '../participant/open.ts'
import { type Staff, signIn } from './Staff.ts'

/** Options of every command that works at an institution. */
export type DeskOptions = GlobalOptions & {
  readonly url?: string
  readonly passwordFile?: string
  /** Seconds to wait until a message of the institution stands on the chain */
  readonly wait?: string
}

/** A member of staff at the keyboard, for one command. */
export type Desk = { readonly staff: Staff; readonly output: Output; readonly patience: number }

/** The options that every command of staff has. */
export function atInstitution(command: Command): Command {
  return command
    .option('--url <address>', 'the institution’s node (of the demonstration: found by --as)')
    .option(
      '--password-file <file>',
      'file with your password ("-": standard input; or MEDREC_PASSWORD; asked for when absent)',
    )
    .option('--wait <seconds>', 'how long to wait for the network', '30')
}

/** Signs in, does the work and signs out again, whatever happens. */
export async function withStaff(
  options: DeskOptions,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  const output = openOutput(options.json ?? false)
  const patience = secondsOf(options.wait)
  const staff = await signIn(await loginOf(options))
  try {
    await work({ staff, output, patience })
  } catch (error) {
    // What went wrong first tells more; a session that cannot be ended now ends by itself.
    await staff.signOut().catch(() => undefined)
    throw error
  }
  await staff.signOut()
}

type Login = { readonly url: string; readonly login: string; readonly password: string }

/** Who signs in where; the password never comes from the command line, where other users could see it. */
async function loginOf(options: DeskOptions): Promise<Login> {
  if (!options.as)
    throw new UsageError(
      'Say who signs in with --as LOGIN, for example: medrec --as anna.weber ...',
    )
  const known = demoStaff(resolve(options.home), options.as)
  const url = addressOf(options.url ?? known?.url)
  const login = known?.login ?? options.as
  return {
    url,
    login,
    password: (await givenPassword(options)) ?? known?.password ?? (await typed()),
  }
}

/** Passwords travel sealed, or not further than this machine. Throws UsageError. */
function addressOf(text: string | undefined): string {
  if (text === undefined)
    throw new UsageError(
      'Name the institution’s node with --url ADDRESS, as it said at its start (https://...).',
    )
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url.origin
  throw new UsageError('--url: an address with https://, or with http:// on this machine.', {
    facts: ['Your password was not sent.'],
  })
}

async function givenPassword({ passwordFile }: DeskOptions): Promise<string | undefined> {
  if (passwordFile !== undefined) return textFrom(passwordFile)
  return process.env['MEDREC_PASSWORD'] || undefined
}

async function typed(): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Your password is needed: --password-file FILE ("-": standard input), or the variable MEDREC_PASSWORD.',
    )
  const [password] = await askHidden(['Password: '], {
    input: process.stdin,
    output: process.stderr,
  })
  return password as string
}

/** Staff of the demonstration by login or full name; undefined in a home that is none. */
function demoStaff(home: string, as: string): Login | undefined {
  const file = join(home, 'people.json')
  if (!existsSync(file)) return undefined
  const wanted = as.toLowerCase()
  let listed: unknown
  try {
    listed = (JSON.parse(readFileSync(file, 'utf8')) as { staff?: unknown }).staff
  } catch {
    return undefined // a damaged list names nobody; "medrec doctor" says so
  }
  const fitting = (Array.isArray(listed) ? listed : []).filter(
    (one: Partial<Record<'login' | 'name' | 'url' | 'password', unknown>>) =>
      ['login', 'url', 'password'].every((key) => typeof one[key as 'login'] === 'string') &&
      [one.login, one.name].some((name) => String(name).toLowerCase() === wanted),
  )
  return fitting.length === 1 ? (fitting[0] as Login) : undefined
}
