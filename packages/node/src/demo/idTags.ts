import { type Identification, Oprf } from '@medrec/protocol'
import type { DemoHome } from './home.ts'

type Home = Pick<DemoHome, 'secretOf'>

/** The registrar's OPRF key: a scalar of ristretto255, below 2^252 and so below the group's order (RFC 9496). */
export function oprfKey(home: Home): Uint8Array {
  const key = new Uint8Array(home.secretOf('oprf'))
  key[31] = (key[31] as number) & 0x0f
  return key
}

/** idTag of a person, by her identification, or of an organisation of the demonstration, by its short name. */
export function idTagOf(home: Home, who: Identification | string): Uint8Array {
  const identification =
    typeof who === 'string'
      ? { type: 'organisation', country: 'US', value: who, birthDate: '2016-08-22' }
      : who
  const { blind, blinded } = Oprf.blind(identification)
  return Oprf.finalize(identification, blind, Oprf.evaluate(oprfKey(home), blinded))
}
