import type { Participant } from '@medrec/library'
import { live } from '../../text/live.ts'
import type { Technical } from '../model.ts'
import { whoOf } from './people.ts'

const text = live.technical

/** Addresses, blocks and heads, for people who check for themselves. */
export function technicalOf(participant: Participant): Technical {
  const view = participant.chain.view()
  const { network } = participant
  const me = participant.me()
  const { relationships, ignored } = participant.summary()
  const anchors = view.institutions().flatMap(({ idTag, name }) => {
    const anchor = view.anchor(idTag)
    return anchor
      ? [
          {
            label: text.anchor(name),
            value: text.anchorValue(anchor.counter, anchor.block.number, anchor.root),
          },
        ]
      : []
  })
  return {
    rows: [
      { label: text.idTag, value: me?.idTag ?? '-' },
      { label: text.identity, value: me?.identity ?? '-' },
      { label: text.network, value: network.networkId },
      { label: text.chain, value: String(network.chainId) },
      { label: text.registrar, value: network.registrar },
      { label: text.ledger, value: network.ledger },
      { label: text.block, value: String(view.head.number) },
      { label: text.blockHash, value: view.head.hash },
      { label: text.registrarHead, value: view.streams.registrar.head },
      { label: text.ledgerHead, value: view.streams.ledger.head },
      { label: text.confirmations, value: String(network.confirmations) },
      { label: text.doors, value: network.doors.join(' ') },
      ...relationships.map(({ id, steward }) => ({
        label: text.relationship(whoOf(participant, steward).name),
        value: id,
      })),
      ...anchors,
      { label: text.ignored, value: String(ignored.length) },
    ],
  }
}
