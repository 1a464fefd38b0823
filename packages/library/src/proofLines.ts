import type { Hex } from '@medrec/protocol'
import * as Parts from './Parts.ts'
import type { ProofFile } from './proofFile.ts'
import type { ProvenContent, ProvenProof } from './verifyProof.ts'

/** A line of a proof file of a record in parts: what it shares with the line before is left out (docs/protocol.md 8.3). */
export function toProofLine(proof: ProofFile, before: ProofFile | undefined): string {
  const known = new Map(Object.entries(before ?? {}).map(([name, value]) => [name, textOf(value)]))
  const fresh = Object.entries(proof).filter(([name, value]) => known.get(name) !== textOf(value))
  const isGone = before?.anchor !== undefined && proof.anchor === undefined
  return JSON.stringify({ ...Object.fromEntries(fresh), ...(isGone && { anchor: null }) })
}

/** The whole proof that a line stands for, after the one before it; not checked in any way. */
export function fromProofLine(json: unknown, before: unknown): unknown {
  if (!isMembers(json)) return undefined
  const { anchor, ...rest } = { ...(isMembers(before) ? before : {}), ...json }
  return anchor === undefined || anchor === null ? rest : { ...rest, anchor }
}

/** What the lines so far prove together. */
export type ProvenParts = {
  readonly progress: Parts.Progress
  /** Of the last line. */
  readonly proof: ProvenProof
  /** When the first part was asked for, unix seconds. */
  readonly asked: number
  readonly blocks: ProvenProof['blocks']
}

/** What the lines prove with one more; undefined when it is no part, or not the one that follows. */
export function withProvenPart(
  before: ProvenParts | undefined,
  proof: ProvenProof,
): ProvenParts | undefined {
  const { content } = proof
  if (content.kind !== 'answer' || !content.proven.part) return undefined
  if (before && subjectMatter(before.proof) !== subjectMatter(proof)) return undefined
  const { part, header, result } = content.proven
  const place = { ...part, parts: header.parts ?? 1, total: header.rows, of: result }
  const progress = Parts.following(before?.progress, { part: place, rows: part.rows })
  if (!progress) return undefined
  const known = new Set(before?.blocks.map(({ hash }) => hash))
  const blocks = [...(before?.blocks ?? []), ...proof.blocks.filter(({ hash }) => !known.has(hash))]
  return { progress, proof, asked: before?.asked ?? proof.asked, blocks }
}

/** What has to be the same in all parts: who asked whom, on which network, for which fields of what. */
function subjectMatter({ network, institution, requester, content }: ProvenProof): string {
  const { idTag } = institution
  return JSON.stringify([network, idTag, requester.idTag, askedFor(content)])
}

function askedFor(content: ProvenContent): readonly (Hex | string)[] {
  if (content.kind !== 'answer') return []
  const { subject, proven } = content
  return [subject, proven.pointer, ...proven.columns.map(({ name }) => name)]
}

function textOf(value: unknown): string {
  return JSON.stringify(value)
}

function isMembers(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
