import { MedrecError } from '@medrec/protocol'
import type { Source } from '../adapter/source.ts'

/** What to do, by the driver's or the server's own code. */
const remedies: readonly (readonly [codes: RegExp, remedy: string])[] = [
  [
    /^(28P01|28000|ER_ACCESS_DENIED_ERROR|ER_1045)$/,
    'The server does not let this user in with this password. Check the user in the address, and the password; try the same with psql or mariadb.',
  ],
  [
    /^(3D000|ER_BAD_DB_ERROR|ER_DBACCESS_DENIED_ERROR)$/,
    'The server has no database of this name for this user. Check the end of the address.',
  ],
  [
    /^ECONNREFUSED$/,
    'Nothing listens at this host and port. Start the database server, or correct host and port.',
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'No machine has this name. Correct the host in the address.'],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|PROTOCOL_CONNECTION_LOST)$/,
    'The machine does not answer. Look at host, port, firewall and at what the server listens on.',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HANDSHAKE/,
    "The server's certificate is not accepted. Name the file of your own authority at the end of the address: ?ca=FILE.",
  ],
  [
    /^(08P01|53300|ER_CON_COUNT_ERROR)$/,
    'The server takes no more connections. Try again, or raise its limit.',
  ],
  [
    /^HTTP 401$/,
    'The server does not let us in. Put its token into a file and name it with --password-file.',
  ],
  [
    /^no FHIR R4$/,
    'There is no FHIR R4 server at this address: BASE/metadata has to answer. Correct the path of the base.',
  ],
  [/^ENOENT$/, 'There is no file of this name. Check the path.'],
  [/SQLITE_(NOTADB|CORRUPT)|not a database/, 'The file is no SQLite database, or is damaged.'],
  [
    /SQLITE_(CANTOPEN|BUSY|LOCKED)|EACCES|unable to open/,
    'The file cannot be opened. It, and for its journal the folder, must be readable by this user.',
  ],
]

/** The database that is to be connected does not answer; the message says what to do. */
export class RecordsUnreachableError extends MedrecError {
  readonly code = 'RECORDS_UNREACHABLE'
  constructor(facts: readonly string[], cause?: unknown) {
    super('The database with the records cannot be connected.', {
      facts: [...facts, 'Nothing was changed.'],
      cause,
    })
  }

  /** From what a driver threw; its words are kept back, since they may quote a secret. */
  static of(source: Source, error: unknown): RecordsUnreachableError {
    return RecordsUnreachableError.told(source, codeOf(error), error)
  }

  /** From a code. */
  static told(source: Source, code: string, cause?: unknown): RecordsUnreachableError {
    const remedy =
      remedies.find(([codes]) => codes.test(code))?.[1] ??
      'The machine does not answer in time. Look at host, port, firewall and at what the server listens on.'
    return new RecordsUnreachableError(
      [`Database: ${placeOf(source)}`, `Code: ${code}`, remedy],
      cause,
    )
  }
}

function placeOf(source: Source): string {
  if (source.engine === 'sqlite') return source.file
  if (source.engine === 'fhir') return source.base
  const { host, port, socket, database, user } = source
  return `${database} at ${socket ?? `${host}:${port}`}, user ${user}`
}

/** The code that a driver gave, also where it stands in the facts of our own error. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const inMessage = /Code: (\S+)/.exec(error.message)?.[1]
  if (inMessage !== undefined) return inMessage
  const { code } = error as { code?: unknown }
  if (error instanceof MedrecError) return 'no answer'
  return typeof code === 'string' && code !== 'ERR_SQLITE_ERROR'
    ? code
    : (/not a database|unable to open/.exec(error.message)?.[0] ?? 'unknown')
}
