import type { Hex } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { mayPropose, type ProposalFacts } from './mayPropose.ts'

const tag = (byte: string): Hex => `0x${byte.repeat(32)}`
const [own, first, second, revoked] = [tag('01'), tag('02'), tag('03'), tag('04')]
const identity: Hex = `0x${'aa'.repeat(20)}`
const other: Hex = `0x${'bb'.repeat(20)}`
const shown = { identity, version: 1 }
const facts = (
  institution: Hex,
  attestedBy: readonly Hex[],
  rest: Partial<ProposalFacts> = {},
): ProposalFacts => ({
  entry: { identity, version: 1, institution, attestedBy },
  shown: undefined,
  own,
  isCertified: (idTag) => idTag !== revoked && idTag !== tag('00'),
  ...rest,
})
const notSure = { may: false, reason: 'not-sure' }
const attested = { may: true, because: 'attested' }

test.each<[string, ProposalFacts, unknown]>([
  [
    'nobody registered',
    { ...facts(first, []), entry: undefined },
    { may: false, reason: 'unknown' },
  ],
  [
    'nobody registered, whatever was shown',
    { ...facts(first, []), entry: undefined, shown },
    { may: false, reason: 'unknown' },
  ],
  ['keys shown at our desk', facts(first, [], { shown }), { may: true, because: 'shown' }],
  ['keys that we bound at our desk', facts(own, [], { shown }), { may: true, because: 'shown' }],
  [
    'keys shown before she changed them',
    facts(first, [], { shown: { identity: other, version: 1 } }),
    { may: false, reason: 'keys-changed' },
  ],
  [
    'an earlier version shown',
    facts(first, [], { shown: { identity, version: 0 } }),
    { may: false, reason: 'keys-changed' },
  ],
  ['one institution, a look-up alone', facts(first, []), notSure],
  ['ourselves alone, not shown', facts(own, []), notSure],
  ['ourselves and one other, not shown', facts(own, [first]), notSure],
  ['one other and ourselves, not shown', facts(first, [own]), notSure],
  ['one institution twice', facts(first, [first]), notSure],
  ['one institution and one no longer certified', facts(first, [revoked]), notSure],
  ['a founder and one institution', facts(tag('00'), [first]), notSure],
  ['two other institutions', facts(first, [second]), attested],
  ['two other institutions and ourselves', facts(own, [first, second]), attested],
  [
    'changed keys that two others stand for',
    facts(first, [second], { shown: { identity: other, version: 1 } }),
    attested,
  ],
])('%s', (_, given, decision) => {
  expect(mayPropose(given)).toEqual(decision)
})
