/** A statement in an engine's own spelling, and the parameters it binds, in order. */
export type Positional = { readonly text: string; readonly names: readonly string[] }

/** Literals, quoted names and comments, which hold no parameters; then casts (`::`) and `:name`. */
const token =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([A-Za-z_][A-Za-z0-9_]*)/g

/** `:name` as PostgreSQL's `$1`, the same number for the same name. */
export function dollars(sql: string): Positional {
  const names: string[] = []
  const text = sql.replace(token, (found, name?: string) => {
    if (name === undefined) return found
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return { text, names }
}

/** `:name` as MariaDB's `?`, each use bound by itself. */
export function questionMarks(sql: string): Positional {
  const names: string[] = []
  const text = sql.replace(token, (found, name?: string) => {
    if (name === undefined) return found
    names.push(name)
    return '?'
  })
  return { text, names }
}
