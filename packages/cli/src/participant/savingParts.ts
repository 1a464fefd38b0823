import { type FileHandle, open, truncate } from 'node:fs/promises'
import { resolve } from 'node:path'
import { connectRpc } from '@medrec/client'
import { Parts, Proof, type ProofFile, type Query, toProofLine } from '@medrec/library'
import { UsageError } from '../output.ts'
import { ProofBrokenError } from './errors.ts'
import type { Person } from './open.ts'
import { proofLines } from './proofLines.ts'

/** Where parts are kept: what stands in the file already, and what its last line says. */
export type PartsFile = {
  readonly path: string
  readonly progress: Parts.Progress | undefined
  readonly pointer: string | undefined
  readonly elements: readonly string[] | undefined
  readonly last: ProofFile | undefined
}

/**
 * Proves what a broken off "query --save" left, and cuts off a part that was not written to its end. Throws UsageError
 * when there is nothing to go on with, ProofBrokenError when a whole part in it is wrong.
 */
export async function reopenParts(path: string): Promise<PartsFile> {
  let found: PartsFile | undefined
  let end = 0
  try {
    for await (const line of proofLines(resolve(path))) {
      const { parts, proof } = line
      if (!parts || proof.content.kind !== 'answer') break
      const { pointer, columns } = proof.content.proven
      const elements = columns.map(({ name }) => name)
      found = { path, progress: parts.progress, pointer, elements, last: line.file }
      end = line.end
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') throw nothingThere(path)
    const isCutOff = error instanceof ProofBrokenError && error.reason === 'PROOF_MALFORMED'
    if (!isCutOff) throw error
  }
  if (!found) throw nothingThere(path)
  await truncate(resolve(path), end)
  return found
}

function nothingThere(path: string): UsageError {
  return new UsageError(`--resume: ${path} holds no part of a record; use --save FILE to begin.`)
}

/** A file that is made with the first part. */
export function newPartsFile(path: string): PartsFile {
  const none = { progress: undefined, pointer: undefined, elements: undefined, last: undefined }
  return { path, ...none }
}

/** What came of it: the whole record, an answer that has no parts, or a refusal. */
export type PartsSaved = {
  readonly answer: Query.Read | undefined
  readonly progress: Parts.Progress | undefined
}

/**
 * Reads a record part by part and writes each with its proof to the file once it is proven; what was written is never
 * written again. One answer without parts is handed back as it is. Throws UsageError, EvidenceMissingError.
 */
export async function saveParts(
  { participant, network, signal }: Person,
  to: PartsFile,
  asked: {
    readonly source: Query.Source
    readonly wanted: Query.Wanted
    readonly told: (text: string) => void
  },
): Promise<PartsSaved> {
  const [door] = network.doors
  if (door === undefined)
    throw new UsageError('--save: the network names no door to ask for blocks.')
  const rpc = connectRpc(door, { reconnect: false })
  const writer = new PartsWriter(to, Proof.evidenceFrom(rpc))
  const told = sometimes(asked.told)
  const stopped = (): void => asked.told(goOn(writer.progress, to.path))
  signal.addEventListener('abort', stopped, { once: true })
  try {
    let answer: Query.Read | undefined
    const after = writer.progress
    const options = { ...asked.source, ...asked.wanted, ...(after && { after }), signal }
    for await (answer of Parts.readPatiently(participant, options)) {
      if (!answer.ok || !answer.result.part) break
      await writer.write(participant, asked.source, answer)
      told(progressText(writer.progress))
    }
    return { answer, progress: writer.progress }
  } finally {
    signal.removeEventListener('abort', stopped)
    await writer.close()
    await rpc.close()
  }
}

class PartsWriter {
  readonly #path: string
  readonly #evidence: Proof.Evidence
  #file: FileHandle | undefined
  #last: ProofFile | undefined
  progress: Parts.Progress | undefined

  constructor({ path, progress, last }: PartsFile, evidence: Proof.Evidence) {
    this.#path = path
    this.#evidence = evidence
    this.#last = last
    this.progress = progress
  }

  /** Resolves once the part is on disk. */
  async write(
    participant: Person['participant'],
    source: Query.Source,
    { result, exchange }: Extract<Query.Read, { ok: true }>,
  ): Promise<void> {
    const proof = await Proof.of(participant, { source, exchange, rpc: this.#evidence })
    this.#file ??= await opened(this.#path, this.#last === undefined)
    await this.#file.appendFile(`${toProofLine(proof, this.#last)}\n`)
    await this.#file.datasync()
    this.#last = proof
    this.progress = Parts.following(this.progress, result)
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }
}

async function opened(path: string, isNew: boolean): Promise<FileHandle> {
  try {
    return await open(resolve(path), isNew ? 'ax' : 'a', 0o600)
  } catch (error) {
    const isThere = (error as { code?: string }).code === 'EEXIST'
    throw isThere ? new UsageError(`--save: ${path} is there already; name a new file.`) : error
  }
}

/** What to do with a record that was not read to its end. */
export function goOn(progress: Parts.Progress | undefined, path: string): string {
  if (!progress) return 'Nothing was saved yet.'
  return `${progressText(progress)} Go on with the same command and --resume in place of --save (${path}).`
}

function progressText(progress: Parts.Progress | undefined): string {
  if (!progress) return ''
  const { partsRead, parts, rowsRead, rows } = progress
  return `${rowsRead} of ${rows} rows proven and saved (part ${partsRead} of ${parts}).`
}

/** At most once a second. */
function sometimes(tell: (text: string) => void): (text: string) => void {
  let last = 0
  return (text) => {
    if (Date.now() - last < 1_000) return
    last = Date.now()
    tell(text)
  }
}
