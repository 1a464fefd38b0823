import type { Excess } from '../Adapter.ts'

/** What reading needs, and the right to do nothing. */
const harmless = new Set(['USAGE', 'SELECT', 'SHOW VIEW'])

/** Rights that SHOW GRANTS lists beyond reading single tables (MariaDB, GRANT). */
export function excessOfGrants(grants: readonly string[]): readonly Excess[] {
  return grants.map(bare).flatMap((line): Excess[] => {
    const match = /^GRANT (.+?) ON (.+?) TO /.exec(line)
    if (!match) return [{ kind: 'role', what: roleOf(line) }]
    const [, rights = '', on = ''] = match
    const names = rights
      .replaceAll(/\([^)]*\)/g, '')
      .split(',')
      .map((name) => name.trim())
    const isWide = on.endsWith('*')
    return [
      ...(isWide && names.includes('SELECT') ? [{ kind: 'read', what: on } as const] : []),
      ...names
        .filter((name) => !harmless.has(name))
        .map((name): Excess => ({ kind: kindOf(name, on), what: `${name} on ${on}` })),
      ...(line.includes('WITH GRANT OPTION')
        ? [{ kind: 'role', what: `grants its rights on ${on}` } as const]
        : []),
    ]
  })
}

/** Whether the account would see every table of a database, so that one it does not see is not there. */
export function seesEverything(grants: readonly string[], database: string): boolean {
  const wide = ['*.*', `${database}.*`]
  return grants.map(bare).some((line) => {
    const match = /^GRANT (.+?) ON (.+?) TO /.exec(line)
    return match !== null && /SELECT|ALL/.test(match[1] ?? '') && wide.includes(match[2] ?? '')
  })
}

/** Names are quoted by the session's mode, in one way or the other. */
function bare(line: string): string {
  return line.replaceAll(/[`"]/g, '')
}

function kindOf(right: string, on: string): Excess['kind'] {
  if (right === 'EXECUTE') return 'function'
  return on === '*.*' || right === 'PROXY' ? 'role' : 'write'
}

function roleOf(line: string): string {
  return /^GRANT (.+?) TO /.exec(line)?.[1] ?? 'a role'
}
