import { createReadStream, readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import {
  fromProofLine,
  type ProofFile,
  type ProvenParts,
  type ProvenProof,
  unprovenWords,
  verifyProof,
  withProvenPart,
} from '@medrec/library'
import { ProofBrokenError } from './errors.ts'

/** One line of a proof file, proven, with where it ends in the file (bytes). */
export type ProvenLine = {
  readonly proof: ProvenProof
  readonly file: ProofFile
  readonly end: number
  /** Of a record in parts: what the lines prove so far. */
  readonly parts: ProvenParts | undefined
}

/** Bytes that the proof of one answer does not exceed. */
const largestAnswer = 67_108_864

/**
 * Proves a file of proofs line by line; memory holds one of them. Throws ProofBrokenError at the first that proves
 * nothing or does not follow.
 */
export async function* proofLines(path: string): AsyncGenerator<ProvenLine> {
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  let before: ProvenLine | undefined
  let end = 0
  for await (const line of lines) {
    end += Buffer.byteLength(line) + 1
    if (line === '') continue
    const json = parsed(line) ?? (before ? undefined : spreadOut(path))
    const file = fromProofLine(json, before?.file) as ProofFile
    const proof = verifyProof(file)
    if (!proof.ok) throw broken(proof.code)
    const parts = withProvenPart(before?.parts, proof)
    if (before && !parts) throw broken('PARTS_BROKEN')
    before = { proof, file, end, parts }
    yield before
    if (json !== undefined && parsed(line) === undefined) return
  }
  if (!before) throw broken('PROOF_MALFORMED')
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // no JSON by itself; without the cause, whose message quotes the line
  }
}

/** One proof that somebody wrote over several lines. */
function spreadOut(path: string): unknown {
  return statSync(path).size > largestAnswer ? undefined : parsed(readFileSync(path, 'utf8'))
}

function broken(code: keyof typeof unprovenWords): ProofBrokenError {
  return new ProofBrokenError(code, unprovenWords[code])
}
