import { fromHex, type Hex } from '@medrec/protocol'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'
import type { Submission } from './submission.ts'

/**
 * Commits to the whole pointer map and access log (docs/protocol.md 6). Which root it follows is filled in
 * when it is sent, so anchors may be queued. Without `bounty` it names the null bounty, for all to see.
 */
export async function post(
  participant: Participant,
  options: {
    readonly root: Hex
    readonly logRoot: Hex
    readonly bounty?: { readonly query: Hex; readonly epoch: number }
  },
): Promise<Submission> {
  const me = registered(participant)
  const waiting = participant.outbox
    .pending()
    .filter(({ operation, state }) => operation?.kind === 'anchor' && state !== 'mined').length
  const newest = participant.chain.view().anchor(me.idTag)
  const counter = (newest?.counter ?? 0) + waiting + 1
  const { root, logRoot, bounty } = options
  return participant.outbox.add({
    about: { kind: 'anchor', root },
    operation: {
      kind: 'anchor',
      stewardTag: fromHex(me.idTag),
      previousRoot: new Uint8Array(32),
      root: fromHex(root, 32),
      logRoot: fromHex(logRoot, 32),
      counter,
      query: bounty ? fromHex(bounty.query, 32) : new Uint8Array(32),
      epoch: bounty?.epoch ?? 0,
      deadline: 0,
    },
    signer: { kind: 'anchor' },
    effect: { kind: 'anchored', stewardTag: me.idTag, root, logRoot, counter },
  })
}
