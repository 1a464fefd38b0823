import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import { openParticipant, type Participant } from '@medrec/library'
import { pinnedFetch, pinsAt } from '@medrec/node'
import { fromHex, Keys, type Network } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import type { Command } from 'commander'
import { type Output, openOutput, UsageError } from '../output.ts'
import { InterruptedError, NetworkUnreachableError, PersonBusyError } from './errors.ts'
import { entropyOf, networkOf, type PersonOptions, type Place, placeOf } from './person.ts'

/** Somebody at the keyboard: keys, records and the chain, for one command. */
export type Person = {
  readonly place: Place
  readonly network: Network
  readonly chain: Chain
  readonly participant: Participant
  readonly output: Output
  /** Ends when the user presses Ctrl-C */
  readonly signal: AbortSignal
  /** Seconds to wait for the network */
  readonly patience: number
}

const usualPatience = 30

/** The options that every command of a person has. */
export function personal(command: Command): Command {
  return command
    .option(
      '--passphrase-file <file>',
      'file with the keystore’s passphrase (or MEDREC_PASSPHRASE; asked for at a terminal)',
    )
    .option('--network <file>', 'description of the network (default: network.json of --home)')
    .option('--wait <seconds>', 'how long to wait for the network', String(usualPatience))
}

/** Opens the one who acts, does the work, sends what is queued and closes, whatever happens. */
export async function withPerson(
  options: PersonOptions,
  work: (person: Person) => Promise<void>,
  more: { readonly entropy?: Uint8Array | undefined; readonly prepare?: () => void } = {},
): Promise<void> {
  const place = placeOf(options)
  const network = networkOf(options)
  const keys = Keys.fromEntropy(
    more.entropy ?? (await entropyOf(place, options)),
    fromHex(network.networkId),
  )
  const { signal, stop: stopListening } = interruption()
  const unlock = lock(place)
  const closing: (() => Promise<void> | void)[] = [unlock, stopListening]
  try {
    const output = openOutput(options.json ?? false)
    const patience = secondsOf(options.wait)
    more.prepare?.()
    const database = openNodeDatabase(place.store)
    closing.push(() => database.close())
    const { store } = database
    const progress = catchingUp(output)
    const chain = await followChain({ doors: network.doors, network, store, progress })
    closing.push(() => chain.stop())
    await reached(chain, patience, signal)
    const clock = (): number => Date.now() / 1000
    const fetch = pinnedFetch((host) => pinsAt(chain.view(), host))
    const participant = await openParticipant({ keys, chain, store, clock, fetch })
    closing.push(() => participant.close())
    const person = { place, network, chain, participant, output, signal, patience }
    await Promise.race([work(person).then(() => flush(person)), whenInterrupted(signal)])
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

/** Seconds out of `--wait`. Throws UsageError. */
export function secondsOf(text: string | undefined): number {
  const seconds = Number(text ?? usualPatience)
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new UsageError('--wait: write a number of seconds above 0.')
  return seconds
}

/** Everything queued is on the chain, or the longest wait is over. */
async function flush(person: Person): Promise<void> {
  const { outbox } = person.participant
  const isCalm = (): boolean =>
    outbox.pending().every(({ state }) => ['mined', 'final', 'rejected'].includes(state))
  if (isCalm()) return
  const over = AbortSignal.any([person.signal, AbortSignal.timeout(person.patience * 1_000)])
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      stop()
      over.removeEventListener('abort', finish)
      resolve()
    }
    const stop = outbox.subscribe(() => {
      if (isCalm()) finish()
    })
    over.addEventListener('abort', finish)
    if (isCalm()) finish()
  })
  const left = outbox.pending().filter(({ state }) => state === 'queued' || state === 'seen').length
  if (left > 0) person.output.progress(`${left} message(s) wait to be sent with your next command.`)
}

/** Resolves when the view is at the head; throws when no door answers, or none shows our network. */
async function reached(chain: Chain, patience: number, signal: AbortSignal): Promise<void> {
  const { doors } = chain.network
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(chain.status().problem ?? new NetworkUnreachableError(doors)),
      patience * 1_000,
    )
  })
  try {
    await Promise.race([chain.synced(), late, whenInterrupted(signal)])
  } finally {
    clearTimeout(timer)
  }
}

/** Rejects when the user presses Ctrl-C; what a command still does then ends with its process. */
function whenInterrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new InterruptedError())
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
}

/** Tells how far catching up has come, at most once a second. */
function catchingUp(output: Output): (block: number, of: number) => void {
  let told = Date.now()
  return (block, of) => {
    if (Date.now() - told < 1_000) return
    told = Date.now()
    output.progress(`Reading the chain: block ${block} of ${of}`)
  }
}

function interruption(): { signal: AbortSignal; stop: () => void } {
  const abort = new AbortController()
  const listener = (): void => abort.abort()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const name of signals) process.on(name, listener)
  return {
    signal: abort.signal,
    stop: () => {
      for (const name of signals) process.off(name, listener)
    },
  }
}

/** One command at a time for a person; a lock of a process that is gone counts nothing. */
function lock(place: Place): () => void {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 })
  const file = join(place.folder, 'in-use.pid')
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (holder > 0 && isAlive(holder)) throw new PersonBusyError(holder)
  rmSync(file, { force: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    throw new PersonBusyError(Number(readFileSync(file, 'utf8')))
  }
  return () => rmSync(file, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
