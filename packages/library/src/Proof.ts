import { type BlockEvidence, type Rpc, readBlockEvidence } from '@medrec/client'
import { hiddenBlinding, MalformedError, toBase64Url, toHex } from '@medrec/protocol'
import { accessTo, type Source } from './access.ts'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'
import { type ProofFile, proofForm } from './proofFile.ts'
import { type Exchange, openExchange } from './request.ts'
import { toAnswer, toLogAnswer } from './shapes.ts'
import { indexKeyOf } from './verifyIndex.ts'

/** Blocks remembered while proofs of many parts are made: each names the same two and mostly the same anchor's. */
const rememberedBlocks = 4

/** Gives the evidence of blocks, each asked for once. */
export function evidenceFrom(rpc: Rpc): Evidence {
  const known = new Map<number, BlockEvidence>()
  return async (number) => {
    const evidence = known.get(number) ?? (await readBlockEvidence(rpc, number))
    known.delete(number)
    known.set(number, evidence)
    for (const oldest of known.keys()) {
      if (known.size <= rememberedBlocks) break
      known.delete(oldest)
    }
    return evidence
  }
}

export type Evidence = (block: number) => Promise<BlockEvidence>

/**
 * Makes the proof of an exchange. Asks the door for three whole blocks, so that its operator learns that they are
 * of interest. Throws EvidenceMissingError, Rpc...Error, MalformedError.
 */
export async function of(
  participant: Participant,
  options: {
    readonly source: Source
    readonly exchange: Exchange
    /** A door, or what it told before. */
    readonly rpc: Rpc | Evidence
  },
): Promise<ProofFile> {
  const { exchange, rpc, source } = options
  const access = accessTo(participant, source)
  if ('ok' in access) throw new MalformedError('a relationship or share of ours expected')
  const { authority, path, request, response, replyKey } = exchange
  const { networkId, chainId, registrar, ledger } = participant.network
  const { salt, relationship, profile } = access
  const index = salt ? indexKeyOf(salt, relationship) : access.index
  const body = openExchange(exchange)
  const [answer, log] = [toAnswer(body), toLogAnswer(body)]
  const anchored = (answer ?? log?.index)?.anchored
  const opened = log?.index.opened
  const evidence = typeof rpc === 'function' ? rpc : evidenceFrom(rpc)
  return {
    medrec: proofForm,
    network: { networkId, chainId, registrar, ledger },
    ...{ authority, path },
    request: { headers: request.headers, body: toBase64Url(request.body) },
    response: { ...response, body: toBase64Url(response.body) },
    replyKey: toHex(replyKey),
    institution: access.steward,
    ...(index && { index: toHex(index) }),
    ...(salt && opened && { blinding: toHex(hiddenBlinding(salt, opened)) }),
    profile: await evidence(profile.block.number),
    registration: await evidence(registered(participant).block.number),
    ...(anchored && { anchor: await evidence(anchored.block) }),
  }
}
