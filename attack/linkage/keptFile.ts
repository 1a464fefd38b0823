import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'

/** Writes plain data to a file: whole or not at all, also when the process ends meanwhile. */
export function keepFile(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, serialize(value))
  renameSync(`${path}.part`, path)
}

/** What `keepFile` wrote. */
export function keptFile<T>(path: string): T {
  return deserialize(readFileSync(path)) as T
}
