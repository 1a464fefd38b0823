import type { ChainView, Entry } from '@medrec/client'
import { fromHex, type Hex, random, signStatement, toHex } from '@medrec/protocol'
import type { Identity } from './Identity.ts'
import { ask } from './request.ts'
import type { SummaryState } from './state.ts'
import type { RelayToken } from './wire.ts'

const table = 'tokens'
const secondsPerDay = 86_400
/** An institution's own messages are not counted against it. */
const ownOperations = 1_000_000

type Facts = {
  readonly view: ChainView
  readonly me: Entry
  readonly summary: SummaryState
  readonly refused: RelayToken | undefined
}
type Kept = { readonly token: RelayToken; readonly used: number }

/**
 * A token for one creating operation (docs/protocol.md 9.2): institutions sign their own, persons get one a day
 * from an institution that knows them. `refused`: what a relay did not take; another one if there is any.
 */
export async function takeToken(identity: Identity, facts: Facts): Promise<RelayToken | undefined> {
  const day = Math.floor(identity.clock() / secondsPerDay)
  const kept = await identity.store.get<Kept>(table, [day])
  const token =
    kept && kept.token.id !== facts.refused?.id && kept.used < kept.token.operations
      ? kept.token
      : await newToken(identity, facts, day)
  if (!token) return undefined
  const used = token === kept?.token ? kept.used + 1 : 1
  await identity.store.write([{ table, key: [day], value: { token, used } satisfies Kept }])
  return token
}

/** Signs a relay token for somebody (or oneself): `operations` on one day. */
export function issueToken(
  identity: Identity,
  me: Entry,
  options: { day: number; operations: number },
): RelayToken {
  const id = random(32)
  const signature = signStatement(identity.keys.identity, identity.domain, 'RelayToken', {
    institution: fromHex(me.idTag),
    id,
    ...options,
  })
  return { institution: me.idTag, id: toHex(id), ...options, signature: toHex(signature) }
}

async function newToken(
  identity: Identity,
  facts: Facts,
  day: number,
): Promise<RelayToken | undefined> {
  const { view, me, refused } = facts
  if (view.hasRole(me.idTag, 'institution'))
    return issueToken(identity, me, { day, operations: ownOperations })
  let same: RelayToken | undefined
  for (const institution of acquaintances(facts)) {
    const profile = view.profile(institution)
    if (!profile) continue
    const reply = await ask({
      identity,
      me,
      profile,
      path: '/token',
      body: ({ statement, reply: key }) => ({ statement, reply: key }),
    })
    if (reply.kind !== 'answer' || !isToken(reply.body)) continue
    if (reply.body.id !== refused?.id) return reply.body
    same = reply.body
  }
  // An institution gives the same one all day. Nobody gives another: the relay's clock may be right by now.
  return same
}

/** Certified institutions that may know us: who registered us, whose records we have, then the others. */
function acquaintances(facts: {
  view: ChainView
  me: Entry
  summary: SummaryState
}): readonly Hex[] {
  const { me, summary, view } = facts
  const known = [me.institution, ...summary.relationships.map(({ steward }) => steward)]
  const all = new Set([...known, ...view.institutions().map(({ idTag }) => idTag)])
  // No relay takes another's: whoever lost its certificate could give useless ones for ever.
  return [...all].filter((idTag) => view.hasRole(idTag, 'institution'))
}

function isToken(value: unknown): value is RelayToken {
  const token = value as Partial<Record<keyof RelayToken, unknown>> | null
  return (
    typeof token?.institution === 'string' &&
    typeof token.id === 'string' &&
    typeof token.day === 'number' &&
    typeof token.operations === 'number' &&
    typeof token.signature === 'string'
  )
}
