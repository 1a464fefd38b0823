import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { KeystoreError, readKeystore, readNetwork, writeKeystore } from '@medrec/node'
import { Keys, type Network } from '@medrec/protocol'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { UsageError } from '../output.ts'
import { typedNewPassphrase, typedPassphrase } from './askPassphrase.ts'
import {
  IdentityExistsError,
  NobodyActsError,
  NoIdentityError,
  PassphraseMissingError,
} from './errors.ts'

/** Options of every command that acts for a person. */
export type PersonOptions = GlobalOptions & {
  readonly passphraseFile?: string
  readonly network?: string
  /** Seconds to wait for the network */
  readonly wait?: string
}

/** Where a person keeps keys and records. */
export type Place = {
  readonly home: string
  readonly name: string
  /** What others may call this person: her full name in the demonstration */
  readonly label: string
  readonly folder: string
  readonly keystore: string
  readonly store: string
  /** The words of a person of the demonstration; undefined for everybody else */
  readonly demoWords: string | undefined
}

/** Finds the folder of the one who acts. Throws NobodyActsError, UsageError. */
export function placeOf(options: PersonOptions): Place {
  const home = resolve(options.home)
  if (!options.as) throw new NobodyActsError()
  const known = demoPerson(home, options.as)
  const name = known?.login ?? options.as
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name))
    throw new UsageError(
      '--as: letters, digits, ".", "-" and "_" only, or the full name of a person of the demonstration.',
    )
  const folder = join(home, 'people', name)
  return {
    home,
    name,
    label: known?.name ?? name,
    folder,
    keystore: join(folder, 'keystore.json'),
    store: join(folder, 'store.sqlite'),
    demoWords: known?.words,
  }
}

/** The description of the network that the person belongs to. Throws NetworkFileError. */
export function networkOf(options: PersonOptions): Network {
  return readNetwork(resolve(options.network ?? join(options.home, 'network.json')))
}

/** The person's 16 bytes. Throws NoIdentityError, PassphraseMissingError, KeystoreError, InterruptedError. */
export async function entropyOf(place: Place, options: PersonOptions): Promise<Uint8Array> {
  if (existsSync(place.keystore))
    return readKeystore(place.keystore, (await given(place, options)) ?? (await typedPassphrase()))
  if (place.demoWords !== undefined) return Keys.fromWords(place.demoWords)
  throw new NoIdentityError(place.home)
}

/** Keeps new keys under a passphrase; never over others. Throws IdentityExistsError. */
export function keepEntropy(place: Place, passphrase: string, entropy: Uint8Array): void {
  requireNoIdentity(place)
  mkdirSync(place.folder, { recursive: true, mode: 0o700 })
  writeKeystore({ file: place.keystore, entropy, passphrase })
}

/**
 * The passphrase for new keys: wanted before anything else is done, so that nothing is asked in vain. Throws
 * IdentityExistsError when keys are here already, PassphraseMissingError, UsageError, InterruptedError.
 */
export async function newPassphrase(place: Place, options: PersonOptions): Promise<string> {
  requireNoIdentity(place)
  return (await given(place, options)) ?? typedNewPassphrase()
}

function requireNoIdentity(place: Place): void {
  if (existsSync(place.keystore)) throw new IdentityExistsError(place.keystore)
  if (place.demoWords !== undefined) throw new IdentityExistsError(join(place.home, 'people.json'))
}

/** What a file or the environment gives; an empty one is none. */
function given(place: Place, { passphraseFile }: PersonOptions): string | undefined {
  const passphrase = passphraseFile
    ? readPassphrase(passphraseFile, place)
    : process.env['MEDREC_PASSPHRASE']
  if (passphraseFile && !passphrase) throw new PassphraseMissingError()
  return passphrase || undefined
}

function readPassphrase(file: string, place: Place): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new KeystoreError('The file with the passphrase cannot be read.', place.keystore, {
      cause,
    })
  }
}

type DemoPerson = { readonly login: string; readonly name: string; readonly words: string }

/** A person of the demonstration by login or full name; undefined in a home that is none. */
function demoPerson(home: string, as: string): DemoPerson | undefined {
  const wanted = as.toLowerCase()
  const fitting = demoPeople(home).filter(
    ({ login, name }) => login.toLowerCase() === wanted || name.toLowerCase() === wanted,
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function demoPeople(home: string): readonly DemoPerson[] {
  const file = join(home, 'people.json')
  if (!existsSync(file)) return []
  try {
    const { people } = JSON.parse(readFileSync(file, 'utf8')) as { people: readonly DemoPerson[] }
    return people.filter(
      ({ login, name, words }) =>
        typeof login === 'string' && typeof name === 'string' && typeof words === 'string',
    )
  } catch {
    return [] // a damaged list names nobody; "medrec doctor" says so
  }
}
