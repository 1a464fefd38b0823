import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import type { Hex } from '@medrec/protocol'
import { decodeEventLog } from 'viem'
import type { Anchor } from '../fold/facts.ts'
import type { ProvenBlock } from './blockEvidence.ts'

/** Identity that a proven block of the Registrar binds to an idTag. */
export function identityIn(block: ProvenBlock, registrar: Hex, idTag: Hex): Hex | undefined {
  return eventsOf(block, registrar, registrarAbi)
    .flatMap((event) =>
      event.eventName === 'Bound' && event.args.idTag === idTag ? [lower(event.args.identity)] : [],
    )
    .at(-1)
}

/** Name and anchor key that a proven block of the Registrar gives an institution. */
export function profileIn(
  block: ProvenBlock,
  registrar: Hex,
  institution: Hex,
): { readonly name: string; readonly key: Hex } | undefined {
  return eventsOf(block, registrar, registrarAbi)
    .flatMap((event) =>
      event.eventName === 'ProfileSet' && event.args.idTag === institution
        ? [{ name: event.args.name, key: lower(event.args.anchorKey) }]
        : [],
    )
    .at(-1)
}

/** Anchors of an institution in a proven block of the ledger. */
export function anchorsIn(block: ProvenBlock, ledger: Hex, institution: Hex): readonly Anchor[] {
  const { number, hash, time } = block
  return eventsOf(block, ledger, ledgerAbi).flatMap((event) => {
    if (event.eventName !== 'Anchored' || event.args.stewardTag !== institution) return []
    const { root, logRoot, counter, at } = event.args
    return [{ root, logRoot, counter: Number(counter), at, block: { number, hash, time } }]
  })
}

function eventsOf<Abi extends typeof ledgerAbi | typeof registrarAbi>(
  { logs }: ProvenBlock,
  contract: Hex,
  abi: Abi,
): readonly ReturnType<typeof decodeEventLog<Abi>>[] {
  return logs
    .filter(({ address }) => address === contract)
    .flatMap(({ topics, data }) => {
      try {
        return [decodeEventLog({ abi, topics: topics as [Hex, ...Hex[]], data })]
      } catch {
        return [] // no event of this contract: whoever looks for one finds it missing
      }
    })
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}
