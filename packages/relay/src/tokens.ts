import {
  type Domain,
  derive,
  fromHex,
  type Hex,
  isStatementOf,
  type Keys,
  MalformedError,
  signStatement,
  toHex,
  uint,
} from '@medrec/protocol'
import { z } from 'zod'

/** Leave to have so many creating records posted on one day (docs/protocol.md 9.2). */
export type RelayToken = {
  readonly institution: Hex
  readonly id: Hex
  /** Unix seconds / 86,400 */
  readonly day: number
  readonly operations: number
  readonly signature: Hex
}

const tokenForm = z.strictObject({
  institution: z.string().regex(/^0x[0-9a-f]{64}$/),
  id: z.string().regex(/^0x[0-9a-f]{64}$/),
  day: z.int().min(0).max(0xffffffff),
  operations: z.int().min(1).max(0xffffffff),
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
})

/** A relay's own bound, whatever a token says: records of one token on one day. */
const mostOperations = 100_000
const secondsPerDay = 86_400
/** Seconds after midnight in which the former day's tokens still count, for clocks that differ. */
const grace = 600

/** Day of a moment (unix seconds). */
export function dayOf(now: number): number {
  return Math.floor(now / secondsPerDay)
}

/**
 * The token of a registrant for a day. It is the same one each time she asks, so that asking again gives nothing
 * more; its id tells strangers nothing of her.
 */
export function issueToken(options: {
  keys: Keys.Keys
  domain: Domain
  institution: Uint8Array
  registrant: Uint8Array
  day: number
  operations: number
}): RelayToken {
  const { keys, institution, registrant, day, operations } = options
  const info = ['relay-token', registrant, uint(day, 4)]
  const id = derive({ secret: keys.entropy, networkId: keys.networkId, info, size: 32 })
  const statement = { institution, id, day, operations }
  const signature = signStatement(keys.identity, options.domain, 'RelayToken', statement)
  return {
    institution: toHex(institution),
    id: toHex(id),
    day,
    operations,
    signature: toHex(signature),
  }
}

/** Reads a token. Throws MalformedError. */
export function parseToken(json: unknown): RelayToken {
  const parsed = tokenForm.safeParse(json)
  if (!parsed.success) throw new MalformedError('a relay token')
  return parsed.data as RelayToken
}

/** Why a token does not count. */
export type TokenProblem = 'token-expired' | 'token-of-stranger' | 'token-signature'

/** Checks a token but for what was spent of it. `identityOf`: identity of a certified institution. */
export function tokenProblem(
  token: RelayToken,
  options: { domain: Domain; identityOf: (institution: Hex) => Hex | undefined; now: number },
): TokenProblem | undefined {
  const today = dayOf(options.now)
  const yesterdayCounts = options.now % secondsPerDay < grace
  if (token.day !== today && !(yesterdayCounts && token.day === today - 1)) return 'token-expired'
  const identity = options.identityOf(token.institution)
  if (!identity) return 'token-of-stranger'
  const statement = {
    institution: fromHex(token.institution, 32),
    id: fromHex(token.id, 32),
    day: token.day,
    operations: token.operations,
  }
  const signature = fromHex(token.signature, 64)
  return isStatementOf(fromHex(identity, 20), signature, options.domain, 'RelayToken', statement)
    ? undefined
    : 'token-signature'
}

/** How many records a token allows here. */
export function allowanceOf(token: RelayToken): number {
  return Math.min(token.operations, mostOperations)
}
