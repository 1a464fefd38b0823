import { connectRpc } from '@medrec/client'
import { type Participant, Parts, Proof, type ProofFile, toProofLine } from '@medrec/library'
import { live } from '../../text/live.ts'
import type { RecordSet, SavedProof, Session } from '../model.ts'
import { refusalText } from './refusals.ts'

const type = 'application/json'

/**
 * Asks once more for what is shown and gives it with everything that proves it, as a file: all of a record that comes in
 * parts, one line for each (docs/protocol.md section 8.3). Throws with words when nothing came.
 */
export async function proofOf(
  participant: Participant,
  set: RecordSet,
  { signal, told }: Parameters<Session['saveProof']>[1],
): Promise<SavedProof> {
  const [door] = participant.network.doors
  if (door === undefined) throw new Error(live.noDoor(0, ''))
  const { source, purpose } = set.right
  const rpc = connectRpc(door, { reconnect: false })
  const evidence = Proof.evidenceFrom(rpc)
  // Each line is a Blob of its own, which a browser may keep on its disk.
  const lines: Blob[] = []
  let last: ProofFile | undefined
  let version: number | undefined
  let read: Parts.Progress | undefined
  let reason: string | undefined
  try {
    const wanted = { ...source, pointer: set.id, purpose, signal }
    for await (const answer of Parts.readPatiently(participant, wanted)) {
      if (!answer.ok) {
        reason = refusalText(answer)
        break
      }
      const { exchange, result } = answer
      const proof = await Proof.of(participant, { source, exchange, rpc: evidence })
      lines.push(new Blob([`${toProofLine(proof, last)}\n`], { type }))
      last = proof
      version = result.version
      read = Parts.following(read, result)
      if (read) told(read)
    }
  } finally {
    await rpc.close()
  }
  const isWhole = last !== undefined && (!read || Parts.isComplete(read))
  if (version === undefined) throw new Error(reason ?? live.stopped)
  return {
    file: new Blob(lines, { type }),
    version,
    read,
    reason: isWhole ? undefined : (reason ?? live.stopped),
  }
}
