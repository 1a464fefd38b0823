import { readFileSync } from 'node:fs'
import { Contact } from '@medrec/library'
import { fromHex, type Hex, toHex } from '@medrec/protocol'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'

type CertifyOptions = GlobalOptions & {
  readonly config: string
  readonly role: string
  readonly withdraw?: boolean
}

const roles = ['emergency', 'researcher', 'institution'] as const

/** `medrec network certify`: an institution's vote for somebody's role. */
export function addCertify(group: Command): void {
  group
    .command('certify <person>')
    .description('vote for somebody’s role; PERSON is an idTag, or the file of her contact card')
    .requiredOption('--config <file>', 'this institution’s node.toml')
    .requiredOption('--role <role>', `one of ${roles.join(', ')}`)
    .option('--withdraw', 'vote to take the role away')
    .action((person: string, _, command: Command) =>
      certifyOne(person, command.optsWithGlobals<CertifyOptions>()),
    )
}

async function certifyOne(person: string, options: CertifyOptions): Promise<void> {
  const role = roles.find((known) => known === options.role)
  if (!role) throw new UsageError(`--role: one of ${roles.join(', ')}.`)
  const isGiven = !options.withdraw
  if (role === 'institution' && isGiven)
    throw new UsageError('An institution is admitted by "medrec network admit"; here --withdraw.')
  const { certify } = await import('@medrec/node')
  const { isCertified, votes, needed } = await certify({
    configFile: options.config,
    environment: process.env,
    idTag: idTagOf(person),
    role,
    certified: isGiven,
    clock: () => Math.floor(Date.now() / 1_000),
  })
  const isDone = isCertified === isGiven
  const missing = isDone ? 0 : needed - votes
  openOutput(options.json ?? false).result(
    { ok: true, isCertified, missing },
    isDone
      ? `The role ${role} is ${isGiven ? 'given' : 'taken away'}.`
      : `This institution voted. ${missing} more ${missing === 1 ? 'vote is' : 'votes are'} missing: the other institutions run the same command.`,
  )
}

function idTagOf(person: string): Hex {
  if (/^0x[0-9a-f]{64}$/i.test(person)) return toHex(fromHex(person.toLowerCase(), 32))
  try {
    return Contact.fromText(readFileSync(person, 'utf8')).idTag
  } catch {
    throw new UsageError('PERSON is an idTag (0x and 64 digits), or the file of a contact card.')
  }
}
