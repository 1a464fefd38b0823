import type { Engine, ServerSource } from './source.ts'

/** A table or view with the columns that the catalogue can name. */
export type NeededTable = {
  /** PostgreSQL's schema, or MariaDB's database. */
  readonly schema: string
  readonly name: string
  /** A view is granted whole: its columns were chosen when it was made. */
  readonly isView: boolean
  readonly columns: readonly string[]
}

export type Role = {
  readonly engine: Engine
  readonly database: string
  readonly user: string
  /** MariaDB: where the user comes from; `localhost` when absent. From elsewhere it has to come over TLS. */
  readonly host?: string
  /** Left for the reader to choose when absent. */
  readonly password?: string
  readonly tables: readonly NeededTable[]
  /** `write`: the templates' inserts and updates, with what they look up. */
  readonly purpose: 'read' | 'write'
  /** Longest that one statement may take. */
  readonly milliseconds: number
}

/**
 * The statements by which a database's owner makes the account that the gatekeeper needs, and nothing beyond it.
 * None for SQLite, where the file's permissions decide; for FHIR the scopes to ask for (SMART App Launch 2.2).
 */
export function roleStatements(role: Role): readonly string[] {
  switch (role.engine) {
    case 'postgres':
      return postgresRole(role)
    case 'mariadb':
      return mariadbRole(role)
    case 'fhir':
      return role.tables.map(
        ({ name }) => `system/${name}.${role.purpose === 'read' ? 'rs' : 'cru'}`,
      )
    case 'sqlite':
      return []
  }
}

/** Where an account comes from that reads this server as we do now (MariaDB): this machine, or anywhere over TLS. */
export function accountHost({ host, socket }: Pick<ServerSource, 'host' | 'socket'>): string {
  const isHere = socket !== undefined || ['localhost', '127.0.0.1', '::1'].includes(host)
  return isHere ? 'localhost' : '%'
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
const chosen = 'a long password of your own'

function postgresRole(role: Role): readonly string[] {
  const { user, database, tables, purpose, milliseconds, password = chosen } = role
  const name = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const schemas = [...new Set(tables.map(({ schema }) => schema))]
  const rights = (columns: readonly string[]): string => {
    const list = `(${columns.map(name).join(', ')})`
    const verbs = purpose === 'read' ? ['SELECT'] : ['SELECT', 'INSERT', 'UPDATE']
    return verbs.map((verb) => `${verb} ${list}`).join(', ')
  }
  return [
    `CREATE ROLE ${name(user)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20 PASSWORD ${literal(password)};`,
    `ALTER ROLE ${name(user)} SET statement_timeout = ${milliseconds};`,
    ...(purpose === 'read'
      ? [`ALTER ROLE ${name(user)} SET default_transaction_read_only = on;`]
      : []),
    `REVOKE CREATE, TEMPORARY ON DATABASE ${name(database)} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${name(database)} TO ${name(user)};`,
    ...schemas.flatMap((schema) => [
      `REVOKE CREATE ON SCHEMA ${name(schema)} FROM PUBLIC;`,
      `GRANT USAGE ON SCHEMA ${name(schema)} TO ${name(user)};`,
    ]),
    ...tables
      .filter(({ columns }) => columns.length > 0)
      .map(
        ({ schema, name: table, columns }) =>
          `GRANT ${rights(columns)} ON ${name(schema)}.${name(table)} TO ${name(user)};`,
      ),
  ]
}

function mariadbRole(role: Role): readonly string[] {
  const { tables, purpose, password = chosen } = role
  const name = (text: string): string => `\`${text.replaceAll('`', '``')}\``
  const quoted = (text: string): string => literal(text.replaceAll('\\', '\\\\'))
  const host = role.host ?? 'localhost'
  const user = `${quoted(role.user)}@${quoted(host)}`
  const tls = host === 'localhost' ? '' : ' REQUIRE SSL'
  const rights = ({ columns, isView }: NeededTable): string => {
    const list = `(${columns.map(name).join(', ')})`
    if (purpose === 'write') return `SELECT ${list}, INSERT ${list}, UPDATE ${list}`
    // MariaDB shows a view's query only to whom the whole view is granted; the start-up probe reads it.
    return isView ? 'SELECT, SHOW VIEW' : `SELECT ${list}`
  }
  return [
    `CREATE USER ${user} IDENTIFIED BY ${quoted(password)}${tls} WITH MAX_USER_CONNECTIONS 20;`,
    ...tables
      .filter(({ columns }) => columns.length > 0)
      .map(
        (table) =>
          `GRANT ${rights(table)} ON ${name(table.schema)}.${name(table.name)} TO ${user};`,
      ),
  ]
}
