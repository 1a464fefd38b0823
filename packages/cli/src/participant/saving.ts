import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { connectRpc } from '@medrec/client'
import { type Exchange, Proof, type Query } from '@medrec/library'
import { UsageError } from '../output.ts'
import type { Person } from './open.ts'

/** Writes the proof of an exchange to a new file that only its owner reads. Throws UsageError, EvidenceMissingError. */
export async function saveProof(
  { participant, network }: Person,
  options: {
    readonly file: string | undefined
    readonly source: Query.Source
    readonly exchange: Exchange | undefined
  },
): Promise<readonly string[]> {
  const { file, source, exchange } = options
  if (file === undefined || !exchange) return []
  const [door] = network.doors
  if (door === undefined)
    throw new UsageError('--save: the network names no door to ask for blocks.')
  const rpc = connectRpc(door, { reconnect: false })
  try {
    const proof = await Proof.of(participant, { source, exchange, rpc })
    writeFileSync(resolve(file), `${JSON.stringify(proof)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const isThere = (error as { code?: string }).code === 'EEXIST'
    throw isThere ? new UsageError(`--save: ${file} is there already; name a new file.`) : error
  } finally {
    await rpc.close()
  }
  return [
    `Saved ${file}: anybody who has it reads these values and can check them ("medrec verify ${file}").`,
  ]
}
