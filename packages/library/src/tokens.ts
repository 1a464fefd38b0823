import type { ChainView, Entry } from '@medrec/client'
import { fromHex, type Hex, random, signStatement, toHex } from '@medrec/protocol'
import type { Identity } from './Participant.ts'
import { ask } from './request.ts'
import type { SummaryState } from './state.ts'
import type { RelayToken } from './wire.ts'

const table = 'tokens'
const secondsPerDay = 86_400
/** An institution's own messages are not counted against it. */
const ownOperations = 1_000_000

type Kept = { readonly token: RelayToken; readonly used: number }

/**
 * A token for one creating operation (DESIGN 9, Relays): institutions sign their own, persons get one a day
 * from an institution that knows them. `fresh`: a relay refused the last one.
 */
export async function takeToken(
  identity: Identity,
  facts: { view: ChainView; me: Entry; summary: SummaryState; fresh: boolean },
): Promise<RelayToken | undefined> {
  const day = Math.floor(identity.clock() / secondsPerDay)
  const kept = await identity.store.get<Kept>(table, [day])
  const token =
    kept && !facts.fresh && kept.used < kept.token.operations
      ? kept.token
      : await newToken(identity, facts, { day, refused: facts.fresh ? kept?.token : undefined })
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
  facts: { view: ChainView; me: Entry; summary: SummaryState },
  { day, refused }: { day: number; refused: RelayToken | undefined },
): Promise<RelayToken | undefined> {
  const { view, me } = facts
  if (view.hasRole(me.idTag, 'institution'))
    return issueToken(identity, me, { day, operations: ownOperations })
  for (const institution of acquaintances(facts)) {
    const profile = view.profile(institution)
    // An institution gives the same token all day: a refused one is asked of another.
    if (!profile || institution === refused?.institution) continue
    const reply = await ask({
      identity,
      me,
      profile,
      path: '/token',
      body: ({ statement, reply: key }) => ({ statement, reply: key }),
    })
    if (reply.kind === 'answer' && isToken(reply.body)) return reply.body
  }
  return undefined
}

/** Institutions that may know us: who registered us, whose records we have, then the others. */
function acquaintances(facts: {
  view: ChainView
  me: Entry
  summary: SummaryState
}): readonly Hex[] {
  return [
    ...new Set([
      facts.me.institution,
      ...facts.summary.relationships.map(({ steward }) => steward),
      ...facts.view.institutions().map(({ idTag }) => idTag),
    ]),
  ]
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
