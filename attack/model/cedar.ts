import cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { Chain, Slot } from './chain.ts'
import type { Ask, Entry, PointerPlan, Relation, Share } from './plan.ts'
import type { Known } from './reference.ts'

// A third opinion, by an engine that others wrote and proved (Cedar): the same facts as the model's, the rules of
// docs/protocol.md section 8.1 once more in Cedar's language. It says yes or no, not why.

const policySet = 'protocol'
const most = { fields: 5, entries: 3, versions: 4 }
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const any = (parts: readonly string[]): string => parts.map((part) => `(${part})`).join(' || ')
const all = (parts: readonly string[]): string => parts.map((part) => `(${part})`).join(' && ')

/** Whether entry i speaks of the pointer asked for. */
const speaks = (i: number): string =>
  all([
    `context.entry${i}.there`,
    `context.entry${i}.category == context.pointer.category`,
    `context.entry${i}.schema == context.pointer.schema`,
    `context.entry${i}.pointer == context.pointer.number || context.entry${i}.pointer == "any"`,
  ])
/** Whether entry i stays within what its catalogue had, and that is one which the pointer was made with. */
const isWithin = (i: number): string =>
  all([
    `context.entry${i}.catalogue <= context.pointer.catalogue`,
    ...upTo(most.fields).map(
      (field) =>
        `!context.entry${i}.fields.contains(${field}) || ${field} < context.entry${i}.fieldsThen`,
    ),
  ])
const fieldsGranted = all(
  upTo(most.fields).map((field) =>
    any([
      `!context.fields.contains(${field})`,
      ...upTo(most.entries).map(
        (i) => `${speaks(i)} && context.entry${i}.fields.contains(${field})`,
      ),
    ]),
  ),
)
const entriesKnown = all(upTo(most.entries).map((i) => `!(${speaks(i)}) || (${isWithin(i)})`))
const isExplained = any([
  'context.pointer.unexplained == 0',
  ...upTo(most.versions).map(
    (i) =>
      `context.confirmed.contains(${i + 1}) && ${i + 1} >= context.pointer.unexplained && ${i + 1} <= context.pointer.newest`,
  ),
])
const lives = (slot: string): string =>
  all([
    `${slot}.there`,
    `!${slot}.isRevoked`,
    `!context.endedSlots.contains(${slot}.number)`,
    `${slot}.scope == ${slot}.wanted`,
    `context.now < ${slot}.expires`,
    `context.headTime < ${slot}.expires`,
  ])

const policies = `
// Nobody is served from a view that is old or disputed, nor what was not asked a moment ago.
forbid (principal, action, resource) when {
  context.witness == "differs" || !context.isSynced || context.isBehind || context.hasProblem
  || context.age > context.oldest || context.age < 0 - context.oldest
};
forbid (principal, action, resource) when {
  context.created > 5 || context.created < -60 || context.expires < 0
  || context.expires - context.created > 60 || context.isUsed
  || context.statementFrom > 5 || context.statementTo <= 0
};
// What was ended before it began.
forbid (principal, action, resource) when {
  context.head.status == "none" || context.head.status == "rejected"
  || (context.head.status == "proposed" && (context.ended.contains("rejected") || context.ended.contains("closedBySubject")))
};
forbid (principal, action == Action::"query", resource) when {
  context.pointer.relation != context.relation || !context.fieldsExist
};

permit (principal is Subject, action, resource);

permit (principal is Viewer, action, resource) when {
  ["accepted", "closedBySteward"].contains(context.head.status)
  && !context.ended.contains("closedBySubject")
  && context.head.isCertified && context.earlier.isCertified
  && context.head.stewardVersion >= context.terms.stewardVersion
  && context.earlier.stewardVersion >= context.terms.stewardVersion
  && context.head.subjectVersion == context.terms.subjectVersion
  && context.earlier.subjectVersion == context.terms.subjectVersion
  && context.scope.namesUs
  && context.scope.epoch == context.head.epoch && context.stoppedBelow <= context.scope.epoch
  && context.now >= context.scope.notBefore
  && (context.freshBy != "block" || context.headTime >= context.scope.notBefore)
  && ${lives('context.grant')}
  && (context.terms.policy == 0
    || (context.terms.policy == 1 && context.isConsentShown && ${lives('context.consent')}))
};
forbid (principal is Viewer, action == Action::"query", resource) when {
  !context.scope.purposes.contains(context.purpose) || context.isFormer
  || !(${entriesKnown}) || !(${fieldsGranted}) || !(${isExplained})
};
`
const parsed = cedar.preparsePolicySet(policySet, { staticPolicies: policies })
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed))

type Plan = {
  readonly relation: Relation
  readonly share: Share | undefined
  readonly pointer: PointerPlan | undefined
}

/** Whether Cedar allows it. */
export function cedarAllows(known: Known, ask: Ask, plan: Plan): boolean {
  const answer = cedar.statefulIsAuthorized({
    principal: { type: plan.share ? 'Viewer' : 'Subject', id: 'who' },
    action: { type: 'Action', id: ask.kind },
    resource: { type: 'Record', id: 'what' },
    context: {
      ...requestFacts(known, ask),
      ...chainFacts(known, plan),
      ...(plan.share ? shareFacts(plan.share) : noShare),
      ...pointerFacts(known, ask, plan),
    },
    preparsedPolicySetId: policySet,
    entities: [],
  })
  // A policy that fails would count as one that says nothing.
  if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0)
    throw new Error(JSON.stringify(answer))
  return answer.response.decision === 'allow'
}

type Facts = Parameters<typeof cedar.statefulIsAuthorized>[0]['context']

function requestFacts({ usedNonces, headTime }: Known, ask: Ask): Facts {
  const { isSynced, isBehind, hasProblem, witness, age, freshBy } = ask.view
  return {
    ...{ isSynced, isBehind, hasProblem, witness, age, freshBy, headTime },
    ...{ created: ask.created, expires: ask.expires, isUsed: usedNonces.has(ask.nonce) },
    ...{ statementFrom: ask.statement.from, statementTo: ask.statement.to },
    ...{ purpose: ask.purpose, isFormer: ask.isFormer, isConsentShown: ask.withConsent },
    oldest: freshBy === 'block' ? 300 : 60,
    now: headTime + ask.skew,
    fields: [...ask.fields],
  }
}

function chainFacts({ head, earlier, endings }: Known, { relation, share }: Plan): Facts {
  const { number, policy, stewardVersion, subjectVersion } = relation
  const stops = endings.flatMap((one) =>
    one.ended === 'epochs' && one.relationship === number ? [one.below] : [],
  )
  const slots = endings.flatMap((one) => (one.ended === 'slot' ? [one.slot] : []))
  const ended = endings.flatMap((one) =>
    one.ended === 'relationship' && one.relationship === number ? [one.as] : [],
  )
  return {
    ...{ relation: number, terms: { policy, stewardVersion, subjectVersion } },
    ...{ head: said(head, number), earlier: said(earlier, number) },
    ...{ endedSlots: slots, ended, stoppedBelow: Math.max(0, ...stops) },
    grant: slotFacts(share && head.slots[share.grant], share?.grant, share?.scope),
    consent: slotFacts(
      share?.isConsentSigned ? head.slots[share.consent] : undefined,
      share?.consent,
      share?.consentScope,
    ),
  }
}

function said(chain: Chain, relation: number): Facts {
  const { isCertified, stewardVersion, subjectVersion } = chain
  const [status, epoch] = [chain.status[relation] ?? 'none', chain.epoch[relation] ?? 0]
  return { status, epoch, isCertified, stewardVersion, subjectVersion }
}

function slotFacts(slot: Slot | undefined, number = -1, wanted = -1): Facts {
  const { expires, scope, isRevoked } = slot ?? { expires: 0, scope: -2, isRevoked: false }
  return { there: slot !== undefined, number, wanted, expires, scope, isRevoked }
}

const noEntry = { there: false, pointer: '', category: 0, schema: 0, catalogue: 0, fields: [] }
const noShare: Facts = Object.fromEntries([
  ['scope', { namesUs: false, epoch: 0, notBefore: 0, purposes: [] }],
  ...upTo(most.entries).map((i) => [`entry${i}`, { ...noEntry, fieldsThen: 0 }]),
])

function shareFacts(share: Share): Facts {
  const { epoch, notBefore, purposes, wrong } = share
  return {
    ...noShare,
    scope: { namesUs: wrong === 'nothing', epoch, notBefore, purposes: [...purposes] },
  }
}

function pointerFacts({ words }: Known, ask: Ask, { pointer, share }: Plan): Facts {
  if (!pointer) return { fieldsExist: true, confirmed: [] }
  const { number, relation, category, schema, catalogue, newest, unexplained } = pointer
  const last = new Map<number, { readonly order: number; readonly verdict: string }>()
  for (const word of words)
    if (word.pointer === number && word.order > (last.get(word.version)?.order ?? -Infinity))
      last.set(word.version, word)
  const confirmed = [...last].flatMap(([version, { verdict }]) =>
    verdict === 'seen' ? [version] : [],
  )
  return {
    pointer: { number: String(number), relation, category, schema, catalogue, newest, unexplained },
    ...{ confirmed, fieldsExist: ask.fields.every((field) => field < pointer.fields) },
    ...Object.fromEntries(
      (share?.entries ?? []).map((entry, i) => [`entry${i}`, entryFacts(entry, pointer)]),
    ),
  }
}

function entryFacts(entry: Entry, { fieldsAt }: PointerPlan): Facts {
  const { pointer, category, schema, catalogue, fields } = entry
  const fieldsThen = fieldsAt[catalogue - 1] ?? 0
  return {
    ...{ there: true, pointer: String(pointer), category, schema, catalogue, fieldsThen },
    fields: [...fields],
  }
}
