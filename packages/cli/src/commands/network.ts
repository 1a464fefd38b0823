import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'
import { addCertify } from './certify.ts'

type FoundOptions = GlobalOptions & {
  readonly rpc: string
  readonly funderKeyFile: string
  readonly name: string
  readonly engine: string
  readonly confirmations?: string
  readonly institution: readonly string[]
  readonly registrar: string
  readonly door: readonly string[]
  readonly allowance?: string
  readonly out: string
}
type RequestOptions = GlobalOptions & {
  readonly network: string
  readonly dir: string
  readonly name: string
}
type AdmitOptions = GlobalOptions & { readonly config: string; readonly yes?: boolean }
type FundOptions = GlobalOptions & {
  readonly config: string
  readonly rpc: string
  readonly funderKeyFile: string
  readonly allowance?: string
}

const engines = ['embedded', 'proof-of-work', 'authority'] as const
type Engine = (typeof engines)[number]
/** Blocks until a fact is final, by engine (docs/protocol.md 1). */
const usualConfirmations: Readonly<Record<Engine, string>> = {
  embedded: '0',
  'proof-of-work': '3',
  authority: '1',
}
/** Ether for each paying account; on the embedded engine money is made from nothing. */
const usualAllowance: Readonly<Record<Engine, string>> = {
  embedded: '1000000',
  'proof-of-work': '10',
  authority: '10',
}
const clearScreen = '\u001b[2J\u001b[3J\u001b[H'
const clock = (): number => Math.floor(Date.now() / 1000)

/** `medrec network`: a network's beginning and its growth (docs/operations.md). */
export function addNetwork(program: Command): void {
  const group = program.command('network').description('found a network, join one, admit others')
  addFound(group)
  addCertify(group)
  group
    .command('request')
    .description('make a new institution’s keys and its request to join')
    .requiredOption('--network <file>', 'description of the network (network.json)')
    .requiredOption('--dir <folder>', 'folder of the new node')
    .requiredOption('--name <name>', 'name of the institution')
    .action((_, command: Command) => request(command.optsWithGlobals<RequestOptions>()))
  group
    .command('admit <request>')
    .description('bind a new institution’s keys and vote for it')
    .requiredOption('--config <file>', 'this institution’s node.toml')
    .option('--yes', 'its fingerprint was compared; do not ask')
    .action((file: string, _, command: Command) =>
      admitOne(file, command.optsWithGlobals<AdmitOptions>()),
    )
  group
    .command('fund')
    .description('fill up the accounts from which a node pays')
    .requiredOption('--config <file>', 'the node’s node.toml')
    .requiredOption('--rpc <address>', 'ws:// or http:// address of the engine')
    .requiredOption('--funder-key-file <file>', 'file with the key of the account that pays')
    .option('--allowance <ether>', 'ether for each account', usualAllowance.embedded)
    .action((_, command: Command) => fund(command.optsWithGlobals<FundOptions>()))
}

function addFound(group: Command): void {
  const collect = (value: string, before: readonly string[]): readonly string[] => [
    ...before,
    value,
  ]
  group
    .command('found')
    .description('found a network: keys, contracts, the registrar’s certification, funds')
    .requiredOption('--rpc <address>', 'ws:// or http:// address of the engine')
    .requiredOption('--funder-key-file <file>', 'file with the key of the account that pays')
    .requiredOption('--name <name>', 'name of the network')
    .requiredOption('--out <folder>', 'folder for keys and network.json')
    .requiredOption('--registrar <key>', 'short name of the registrar’s node')
    .option('--institution <key=name>', 'a founder (again for each)', collect, [])
    .option('--engine <engine>', `one of ${engines.join(', ')}`, 'embedded')
    .option('--confirmations <blocks>', 'blocks until a fact is final (default: by engine)')
    .option(
      '--door <address>',
      'ws:// address of an institution’s door (again for each)',
      collect,
      [],
    )
    .option('--allowance <ether>', 'ether for each paying account (default: by engine)')
    .action((_, command: Command) => found(command.optsWithGlobals<FoundOptions>()))
}

async function found(options: FoundOptions): Promise<void> {
  const { foundNetwork } = await import('@medrec/node')
  const output = openOutput(options.json ?? false)
  const engine = engineOf(options.engine)
  const { file, network, words, wordsShown } = await foundNetwork({
    ...{ rpc: options.rpc, funderKeyFile: options.funderKeyFile, out: options.out, engine, clock },
    name: options.name,
    confirmations: wholeNumber(
      '--confirmations',
      options.confirmations ?? usualConfirmations[engine],
    ),
    allowance: wholeNumber('--allowance', options.allowance ?? usualAllowance[engine]),
    institutions: options.institution.map(readInstitution),
    registrar: options.registrar,
    doors: options.door.length > 0 ? options.door : [options.rpc],
    progress: output.progress,
  })
  const { networkId, registrar, ledger } = network
  const shown = words.length === 0 ? '' : `\n\n${wordsText(words)}`
  output.result(
    { ok: true, file, networkId, registrar, ledger, words },
    `The network is founded: ${file}\nIts id: ${networkId}${shown}`,
  )
  if (words.length === 0) return
  wordsShown()
  await offerToClear(options.json ?? false)
}

async function request(options: RequestOptions): Promise<void> {
  const { requestToJoin } = await import('@medrec/node')
  const output = openOutput(options.json ?? false)
  const { network: networkFile, dir: folder, name } = options
  const { progress } = output
  const { file, idTag, fingerprint, words } = await requestToJoin({
    ...{ networkFile, folder, name, progress },
  })
  const shown = words === undefined ? '' : `\n\n${wordsText([{ key: name, words }])}`
  const next = requestText({ file, fingerprint, folder, networkFile })
  output.result({ ok: true, file, idTag, fingerprint, words }, `${next}${shown}`)
  if (words !== undefined && (await offerToClear(options.json ?? false)))
    process.stdout.write(`${next}\n`)
}

async function admitOne(requestFile: string, options: AdmitOptions): Promise<void> {
  const { admit } = await import('@medrec/node')
  const output = openOutput(options.json ?? false)
  const { outcome, name, idTag, votes, needed } = await admit({
    ...{ requestFile, configFile: options.config, environment: process.env, clock },
    confirm: (facts) => confirmed(facts, options),
    progress: output.progress,
  })
  const missing = needed - votes
  const text = {
    admitted: `${name} is an institution of the network now. Tell them; their node can start.`,
    'votes-missing': `This institution voted for ${name}. ${missing} more ${missing === 1 ? 'vote is' : 'votes are'} missing: the other institutions run the same command.`,
    declined: 'Nothing was sent.',
  } as const
  output.result(
    { ok: outcome !== 'declined', outcome, idTag, votes, needed, missing },
    text[outcome],
  )
  if (outcome === 'declined') throw new UsageError('Not admitted: that takes the whole word "yes".')
}

async function fund(options: FundOptions): Promise<void> {
  const { fundNode } = await import('@medrec/node')
  const { accounts, filled } = await fundNode({
    ...{ configFile: options.config, rpc: options.rpc, funderKeyFile: options.funderKeyFile },
    allowance: wholeNumber('--allowance', options.allowance ?? usualAllowance.embedded),
    environment: process.env,
  })
  openOutput(options.json ?? false).result(
    { ok: true, accounts, filled },
    filled === 0
      ? 'The node’s accounts have enough; nothing was sent.'
      : `${filled} of the node’s ${accounts.length} accounts were filled up.`,
  )
}

async function confirmed(
  { name, fingerprint }: { name: string; fingerprint: string },
  { yes }: AdmitOptions,
): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Admitting needs a word of consent. Compare the fingerprint by telephone, then add --yes.',
      { facts: [`Fingerprint: ${fingerprint}`, 'Nothing was changed.'] },
    )
  const answer = await ask(
    `${name}\nFingerprint: ${fingerprint}\nDid somebody you know read the same to you? (yes/no) `,
  )
  return answer.trim().toLowerCase() === 'yes'
}

/** Words belong on paper: once they are written down they leave the screen. */
async function offerToClear(isJson: boolean): Promise<boolean> {
  if (isJson || !process.stdin.isTTY || !process.stdout.isTTY) return false
  await ask('\nWritten down? Press Enter to clear the screen. ')
  process.stdout.write(clearScreen)
  return true
}

/** What a new institution does with its request, and meanwhile. */
function requestText(request: {
  readonly file: string
  readonly fingerprint: string
  readonly folder: string
  readonly networkFile: string
}): string {
  const { file, fingerprint, folder, networkFile } = request
  return [
    `The request is written: ${file}`,
    'Send it to every institution of the network; it holds nothing secret. Each runs:',
    '  medrec network admit request.json --config THEIR/node.toml',
    `Read this fingerprint to them by telephone: ${fingerprint}`,
    'Meanwhile connect your database:',
    `  medrec provider setup --dir ${folder} --network ${networkFile}`,
  ].join('\n')
}

function wordsText(words: readonly { readonly key: string; readonly words: string }[]): string {
  return [
    'Write these words on paper now, each set apart; they are shown once. They bring back the keys,',
    'also for a thief.',
    ...words.map(({ key, words: twelve }) => `  ${key}: ${twelve}`),
  ].join('\n')
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

function readInstitution(text: string): { key: string; name: string } {
  const at = text.indexOf('=')
  if (at < 1 || text.slice(at + 1).trim() === '')
    throw new UsageError(
      '--institution: write it as KEY="Name", for example mercy="Mercy Hospital".',
    )
  return { key: text.slice(0, at), name: text.slice(at + 1).trim() }
}

function engineOf(text: string): Engine {
  const engine = engines.find((known) => known === text)
  if (!engine) throw new UsageError(`--engine: one of ${engines.join(', ')}.`)
  return engine
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (!/^\d{1,9}$/.test(text) || !Number.isSafeInteger(number))
    throw new UsageError(`${option}: a whole number is expected.`)
  return number
}
