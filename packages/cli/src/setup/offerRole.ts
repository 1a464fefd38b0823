import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  accountHost,
  type Catalogue,
  neededTables,
  parseSource,
  roleStatements,
  type Source,
} from '@medrec/gatekeeper'
import { ownSecret } from '@medrec/node/setup'

import type { Connected, Session } from './Session.ts'

type Server = Extract<Source, { readonly user: string }>

/** An account that may read by the catalogue and no more, as statements that somebody else has to run. */
export type Role = {
  readonly file: string
  readonly address: string
  readonly passwordFile: string
}

/** Longest that one statement of the node may take, in milliseconds. */
const longest = 2_000

/**
 * Writes the statements that make the right account, with a random password, into files that only their owner
 * reads; undefined where a database has no accounts. Throws DatabaseStoppedError.
 */
export async function writeRole(
  { folder, dialog }: Session,
  { source, address }: Connected,
  catalogue: Catalogue,
): Promise<Role | undefined> {
  if (source.engine === 'sqlite' || source.engine === 'fhir') return undefined
  const tables = await neededTables(source, { catalogue, purpose: 'read' })
  const user = source.user === 'medrec_read' ? 'medrec_read_2' : 'medrec_read'
  const passwordFile = join(folder, `${user}.password`)
  if (!existsSync(passwordFile)) ownSecret(passwordFile, randomBytes(24).toString('base64url'))
  const { engine, database } = source
  const statements = roleStatements({
    ...{ engine, database, user, host: accountHost(source), tables },
    ...{ purpose: 'read', milliseconds: longest },
    password: readFileSync(passwordFile, 'utf8').trim(),
  })
  const file = join(folder, 'role.sql')
  ownSecret(file, statements.join('\n'))
  const url = new URL(address)
  url.username = user
  dialog.tell(
    [
      `The statements for an account that may read this and no more are written (they hold its password): ${file}`,
      ...statements.map((statement) => `    ${shortened(hidden(statement))}`),
      'Whoever may make accounts runs them once, and deletes the file:',
      `  ${runCommand(source, file)}`,
      `(Is there a ${user} from an earlier try? ${dropText(source, user)} first.)`,
      ...(dialog.isPerson
        ? []
        : [`Then: --database ${url.toString()} --password-file ${passwordFile}`]),
    ].join('\n'),
  )
  return { file, address: url.toString(), passwordFile }
}

/** The account of a role that was made meanwhile. */
export function withRole({ address, passwordFile }: Omit<Role, 'file'>): Connected {
  const secret = readFileSync(passwordFile, 'utf8').trim()
  return { source: parseSource(address, { secret }), address, secretFile: passwordFile }
}

/** The account that the setup goes on with: the first one, or the narrower one that it was told of since. */
export function sameOrMade({ answers }: Session, first: Connected): Connected {
  const { database: address, passwordFile } = answers
  if (address === undefined || passwordFile === undefined || address === first.address) return first
  return withRole({ address, passwordFile })
}

/** The statement without its password: screens and logs get copied. */
function hidden(statement: string): string {
  return statement.replace(/((?:PASSWORD|IDENTIFIED BY) )'[^']*'/, "$1'...'")
}

/** A statement on one line of a screen; the file has it whole. */
function shortened(statement: string): string {
  return statement.length > 160
    ? `${statement.slice(0, 100)} ... ${statement.slice(-50)}`
    : statement
}

function dropText(source: Server, user: string): string {
  return source.engine === 'postgres'
    ? `DROP OWNED BY ${user}; DROP ROLE ${user};`
    : `DROP USER '${user}'@'${accountHost(source)}';`
}

/** What the administrator types; ADMIN is an account of hers. */
function runCommand({ engine, host, port, socket, database }: Server, file: string): string {
  if (engine !== 'postgres')
    return `mariadb ${socket === undefined ? `-h ${host} -P ${port}` : `-S ${socket}`} -u ADMIN -p < ${file}`
  const at = socket === undefined ? `-h ${host} -p ${port}` : `-h ${socket}`
  return `psql ${at} -U ADMIN -v ON_ERROR_STOP=1 -1 -f ${file} ${database}   (ADMIN: a superuser, such as postgres)`
}
