import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSource, type Source } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import { ownSecret } from '@medrec/node/setup'
import { MedrecError } from '@medrec/protocol'
import { UsageError } from '../output.ts'

import type { Connected, Session } from './Session.ts'

const forms = [
  'A SQLite file, or an address without a password:',
  '  postgres://user@host:5432/database   mysql://user@host:3306/database   https://host/fhir',
  'Use an account that may read and no more; if there is none yet, any account will do to begin with:',
  'the statements that make the right one are written for you.',
].join('\n')

/** Asks for the database until one answers. Throws RecordsUnreachableError, DatabaseAddressError where nobody can be asked. */
export async function connect(session: Session): Promise<Connected> {
  const { dialog } = session
  dialog.tell('1/6  The database')
  if (session.answers.database === undefined) dialog.tell(forms)
  let tried = session.answers.database
  let last: string | undefined
  for (;;) {
    const address = tried ?? (await dialog.ask('database', 'Database', last))
    last = withoutPassword(address)
    try {
      const connected = await connectTo(session, address)
      session.learn({ database: connected.address, ...secretAnswer(connected) })
      dialog.tell(`Connected: ${Setup.nameOfSource(connected.source)}.`)
      return connected
    } catch (error) {
      if (!dialog.isPerson || !(error instanceof MedrecError) || error instanceof UsageError)
        throw error
      dialog.tell(`${error.message}\n(${error.code}: see docs/errors.md)`)
      tried = undefined
      // The kept password belonged to the address that failed.
      session.learn({ passwordFile: undefined })
    }
  }
}

async function connectTo(session: Session, given: string): Promise<Connected> {
  const address = settled(given)
  const { file, text } = await secretOf(session, parseSource(address))
  const source = parseSource(address, text === undefined ? {} : { secret: text })
  await Setup.trySource(source)
  const secretFile = file ?? (text === undefined ? undefined : kept(session, text))
  return { source, address, secretFile }
}

type Secret = { readonly file?: string; readonly text?: string }

/** The password: in a file that was named or kept by an earlier run, or typed by a person. */
async function secretOf({ dialog, answers }: Session, source: Source): Promise<Secret> {
  if (source.engine === 'sqlite') return {}
  if (answers.passwordFile !== undefined) {
    const file = resolve(answers.passwordFile)
    return { file, text: textOf(file) }
  }
  if (!dialog.isPerson) return {}
  const what = source.engine === 'fhir' ? 'Token' : `Password of ${source.user}`
  const text = await dialog.secret('passwordFile', `${what} (Enter: none): `)
  return text === '' ? {} : { text }
}

/** Keeps a password that the database took. */
function kept({ folder, dialog }: Session, text: string): string {
  const file = join(folder, 'records.password')
  ownSecret(file, text)
  dialog.tell(`Kept in ${file}, readable by you only: the node reads it at its start.`)
  return file
}

/** An address as it may be shown again. */
function withoutPassword(address: string): string {
  if (!URL.canParse(address) || new URL(address).password === '') return address
  const url = new URL(address)
  url.password = ''
  return url.toString()
}

function secretAnswer({ secretFile }: Connected): { passwordFile?: string } {
  return secretFile === undefined ? {} : { passwordFile: secretFile }
}

/** Files are named from where the command runs; the node starts elsewhere. */
function settled(address: string): string {
  const scheme = /^([a-z]{2,}):/i.exec(address)?.[0].toLowerCase()
  if (scheme === undefined) return resolve(address)
  if (scheme === 'sqlite:') return resolve(address.slice(scheme.length))
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  const ca = url.searchParams.get('ca')
  if (ca !== null) url.searchParams.set('ca', resolve(ca))
  return ca === null ? address : url.toString()
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new UsageError('The file with the password cannot be read.', {
      cause,
      facts: [`File: ${file}`, 'Nothing was changed.'],
    })
  }
}
