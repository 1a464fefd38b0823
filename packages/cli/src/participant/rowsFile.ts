import { open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Column, Query } from '@medrec/library'
import { UsageError } from '../output.ts'

type Rows = {
  readonly columns: readonly Column[]
  readonly header: { readonly rows: number }
  readonly part: { readonly rows: number } | undefined
}

/** A new file for proven values, one row a line, that only its owner reads. Throws UsageError. */
export async function openRows(path: string): Promise<{
  write(rows: Rows): Promise<void>
  close(): Promise<void>
  remove(): Promise<void>
}> {
  const file = await open(resolve(path), 'wx', 0o600).catch((error: { code?: string }) => {
    throw error.code === 'EEXIST'
      ? new UsageError(`--rows: ${path} is there already; name a new file.`)
      : error
  })
  return {
    write: async ({ columns, header, part }) => {
      const rows = Query.rowsOf({ rows: part?.rows ?? header.rows, columns })
      await file.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    },
    close: () => file.close(),
    remove: async () => {
      await file.close()
      await rm(resolve(path))
    },
  }
}
