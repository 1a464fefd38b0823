import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isObject } from './fhir/json.ts'
import { type ParsedBundle, parseBundle } from './fhir/parseBundle.ts'
import type { PersonRecord } from './PersonRecord.ts'

/** A file, or a part of one, that was not read, and why; never with its contents. */
export type FolderProblem = { readonly file: string; readonly reason: string }

/** A file that was read to its end. */
export type FolderFile = {
  readonly file: string
  /** Files finished, this one included */
  readonly done: number
  readonly of: number
  readonly persons: number
  readonly mapped: Readonly<Record<string, number>>
  readonly unmapped: Readonly<Record<string, number>>
}

export type FolderOptions = {
  readonly onProgress?: (progress: FolderFile) => void
  readonly onProblem?: (problem: FolderProblem) => void
  readonly signal?: AbortSignal
}

/** Most a file may unpack to; a gzip bomb ends here. */
export const maxUnpackedBytes: number = 256 * 1024 * 1024

const fileForm = /\.(json|ndjson)(\.gz)?$/i

/** FHIR files below a folder, sorted, as paths relative to it. Rejects if the folder cannot be read. */
export async function listFhirFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && fileForm.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/**
 * Yields each person of a folder of FHIR R4 bundles (`.json`, `.ndjson`, either gzipped), one file at a
 * time in memory. A file that cannot be read is reported and passed over; throws the signal's reason when
 * cancelled and the system's error when the folder itself cannot be read.
 */
export async function* readFhirFolder(
  folder: string,
  options: FolderOptions = {},
): AsyncGenerator<PersonRecord, void, undefined> {
  const files = await listFhirFiles(folder)
  for (const [position, file] of files.entries()) {
    options.signal?.throwIfAborted()
    const mapped: Record<string, number> = {}
    const unmapped: Record<string, number> = {}
    let persons = 0
    for await (const parsed of parseFile(folder, file, options)) {
      add(mapped, parsed.mapped)
      add(unmapped, parsed.unmapped)
      for (const reason of parsed.problems) options.onProblem?.({ file, reason })
      for (const person of parsed.persons) {
        options.signal?.throwIfAborted()
        persons++
        yield person
      }
    }
    options.onProgress?.({ file, done: position + 1, of: files.length, persons, mapped, unmapped })
  }
}

async function* parseFile(
  folder: string,
  file: string,
  options: FolderOptions,
): AsyncGenerator<ParsedBundle, void, undefined> {
  const content = await readText(join(folder, file), options.signal)
  if ('reason' in content) {
    options.onProblem?.({ file, reason: content.reason })
    return
  }
  if (!/\.ndjson/i.test(file)) {
    const json = parseJson(content.text)
    if (json === undefined)
      options.onProblem?.({ file, reason: 'it is no JSON (cut off or damaged)' })
    else yield parseBundle(json)
    return
  }
  yield* parseLines(file, content.text, options)
}

/** A line of NDJSON is a bundle of its own or a resource of the file's common bundle (FHIR Bulk Data). */
function* parseLines(
  file: string,
  content: string,
  options: FolderOptions,
): Generator<ParsedBundle> {
  const loose: { resource: unknown }[] = []
  let number = 0
  for (const line of content.split('\n')) {
    number++
    if (line.trim() === '') continue
    const json = parseJson(line)
    if (json === undefined) options.onProblem?.({ file, reason: `line ${number} is no JSON` })
    else if (isObject(json) && json['resourceType'] === 'Bundle') yield parseBundle(json)
    else loose.push({ resource: json })
  }
  if (loose.length > 0) yield parseBundle({ resourceType: 'Bundle', entry: loose })
}

type Content = { readonly text: string } | { readonly reason: string }

async function readText(path: string, signal: AbortSignal | undefined): Promise<Content> {
  const file = createReadStream(path)
  const unpack = /\.gz$/i.test(path) ? createGunzip() : undefined
  if (unpack) file.once('error', (error) => unpack.destroy(error))
  const stream: Readable = unpack ? file.pipe(unpack) : file
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted()
      chunks.push(chunk as Uint8Array)
      size += (chunk as Uint8Array).length
      if (size > maxUnpackedBytes) return { reason: 'it is larger than 256 MiB unpacked' }
    }
    return decode(Buffer.concat(chunks))
  } catch (error) {
    signal?.throwIfAborted()
    return { reason: reasonOf(error) }
  } finally {
    file.destroy()
    unpack?.destroy()
  }
}

function decode(bytes: Uint8Array): Content {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { reason: 'it is not in UTF-8' } // the error says no more
  }
}

function reasonOf(error: unknown): string {
  const code = String((error as { code?: unknown }).code ?? '')
  if (code.startsWith('Z_')) return 'it cannot be unpacked (cut off or damaged)'
  return `it cannot be read (${code || 'unknown error'})`
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined // the parser's words quote the content
  }
}

function add(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [type, count] of Object.entries(more)) total[type] = (total[type] ?? 0) + count
}
