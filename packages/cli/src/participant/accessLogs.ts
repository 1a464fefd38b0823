import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type AccessLogEntry,
  accessLogForm,
  linesIn,
  type ProvenAccessLog,
  unprovenWords,
  verifyAccessLog,
} from '@medrec/library'
import { UsageError } from '../output.ts'
import { ProofBrokenError } from './errors.ts'

const beginning = `{"medrec":"${accessLogForm}"`

/** Whether a file is an institution's access log with proof, by its first letters. Throws UsageError when there is none. */
export async function isAccessLog(path: string): Promise<boolean> {
  const file = await open(path).catch((error: { code?: string }) => {
    throw error.code === 'ENOENT' ? new UsageError(`There is no file ${path}.`) : error
  })
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(beginning.length) })
    return buffer.toString('utf8', 0, bytesRead) === beginning
  } finally {
    await file.close()
  }
}

/**
 * Proves an institution's access log; memory holds one line of it. What `onEntry` heard counts only when this returns.
 * Throws ProofBrokenError.
 */
export async function proveAccessLog(
  path: string,
  onEntry?: (entry: AccessLogEntry) => void,
): Promise<ProvenAccessLog> {
  const proven = await verifyAccessLog(linesIn(createReadStream(path)), onEntry)
  if (proven.ok) return proven
  const place = proven.entry === undefined ? [] : [`At entry ${proven.entry} of the log.`]
  throw new ProofBrokenError(proven.code, unprovenWords[proven.code], [`File: ${path}`, ...place])
}
