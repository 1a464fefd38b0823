import { expect, test } from 'vitest'
import { accountHost, type Role, roleStatements } from './roleStatements.ts'

const role: Omit<Role, 'engine'> = {
  database: 'emr',
  user: 'medrec_read',
  purpose: 'read',
  milliseconds: 2_000,
  tables: [
    { schema: 'public', name: 'lab', isView: false, columns: ['id', 'value'] },
    { schema: 'public', name: 'notes', isView: true, columns: ['id'] },
    { schema: 'archive', name: 'unused', isView: false, columns: [] },
  ],
}

test('PostgreSQL: an account that reads some columns and nothing else', () => {
  expect(roleStatements({ ...role, engine: 'postgres' }).join('\n')).toMatchInlineSnapshot(`
    "CREATE ROLE "medrec_read" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20 PASSWORD 'a long password of your own';
    ALTER ROLE "medrec_read" SET statement_timeout = 2000;
    ALTER ROLE "medrec_read" SET default_transaction_read_only = on;
    REVOKE CREATE, TEMPORARY ON DATABASE "emr" FROM PUBLIC;
    GRANT CONNECT ON DATABASE "emr" TO "medrec_read";
    REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;
    GRANT USAGE ON SCHEMA "public" TO "medrec_read";
    REVOKE CREATE ON SCHEMA "archive" FROM PUBLIC;
    GRANT USAGE ON SCHEMA "archive" TO "medrec_read";
    GRANT SELECT ("id", "value") ON "public"."lab" TO "medrec_read";
    GRANT SELECT ("id") ON "public"."notes" TO "medrec_read";"
  `)
})

test('PostgreSQL: an account that writes', () => {
  const statements = roleStatements({ ...role, engine: 'postgres', purpose: 'write' })
  expect(statements.at(-2)).toMatchInlineSnapshot(
    `"GRANT SELECT ("id", "value"), INSERT ("id", "value"), UPDATE ("id", "value") ON "public"."lab" TO "medrec_read";"`,
  )
  expect(statements.join('\n')).not.toMatch(/read_only|DELETE|ALL/)
})

test('MariaDB: single columns of tables, views whole with their query', () => {
  expect(roleStatements({ ...role, engine: 'mariadb' }).join('\n')).toMatchInlineSnapshot(`
    "CREATE USER 'medrec_read'@'localhost' IDENTIFIED BY 'a long password of your own' WITH MAX_USER_CONNECTIONS 20;
    GRANT SELECT (\`id\`, \`value\`) ON \`public\`.\`lab\` TO 'medrec_read'@'localhost';
    GRANT SELECT, SHOW VIEW ON \`public\`.\`notes\` TO 'medrec_read'@'localhost';"
  `)
})

test('an account comes from where we are', () => {
  const from = (host: string, socket?: string) => accountHost({ host, socket })
  expect(from('127.0.0.1')).toBe('localhost')
  expect(from('', '/run/mysqld.sock')).toBe('localhost')
  expect(from('db.example')).toBe('%')
})

test('MariaDB: who comes from another machine comes over TLS', () => {
  const [created] = roleStatements({ ...role, engine: 'mariadb', host: '%' })
  expect(created).toMatchInlineSnapshot(
    `"CREATE USER 'medrec_read'@'%' IDENTIFIED BY 'a long password of your own' REQUIRE SSL WITH MAX_USER_CONNECTIONS 20;"`,
  )
})

test('FHIR: the scopes to ask for; a file has no accounts', () => {
  expect(roleStatements({ ...role, engine: 'fhir' })).toContain('system/lab.rs')
  expect(roleStatements({ ...role, engine: 'fhir', purpose: 'write' })).toContain('system/lab.cru')
  expect(roleStatements({ ...role, engine: 'sqlite' })).toEqual([])
})

test('names and passwords cannot leave their quotes', () => {
  const evil = {
    ...role,
    user: `a"; DROP TABLE lab; --`,
    password: `'; DROP TABLE lab; --`,
    tables: [{ schema: 's`"', name: 't`"', isView: false, columns: ['c`")'] }],
  }
  const postgres = roleStatements({ ...evil, engine: 'postgres' })
  expect(postgres[0]).toContain(`"a""; DROP TABLE lab; --"`)
  expect(postgres[0]).toContain(`'''; DROP TABLE lab; --'`)
  expect(postgres.at(-1)).toContain('("c`"")") ON "s`"""."t`"""')
  const mariadb = roleStatements({ ...evil, engine: 'mariadb' })
  expect(mariadb[0]).toContain(`'''; DROP TABLE lab; --'`)
  expect(mariadb.at(-1)).toContain('(`c``")`) ON `s``"`.`t``"`')
})
