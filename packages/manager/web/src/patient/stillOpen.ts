import type { Missing, OpenOrNot, SharedAnswer } from './model.ts'

/** What of an answer may still be shown by the chain's word: parts that have ended since go, and it is said why. */
export function stillOpen(answer: SharedAnswer, parts: readonly OpenOrNot[]): SharedAnswer {
  if (answer.kind === 'refused') return answer
  const ended = [
    ...parts.flatMap((part) => (part.why ? [{ ...part, why: part.why }] : [])),
    ...goneFrom(answer, parts),
  ]
  const isEnded = (grant: unknown): boolean => ended.some((part) => part.grant === grant)
  const sets = answer.sets.filter(
    ({ right: { source } }) => !('grant' in source && isEnded(source.grant)),
  )
  const missing = [...answer.missing.filter(({ grant }) => !isEnded(grant)), ...ended]
  const [first] = missing
  if (sets.length === 0 && first) return { kind: 'refused', why: first.why }
  return { kind: 'records', sets, missing }
}

/** Parts that the chain does not know any more: of an institution that lost its certificate, or taken back with a block. */
function goneFrom(
  { sets }: Extract<SharedAnswer, { readonly kind: 'records' }>,
  parts: readonly OpenOrNot[],
): readonly Missing[] {
  const known = new Set(parts.map(({ grant }) => grant))
  const gone = new Map<string, Missing>()
  for (const { right, institution } of sets) {
    if (!('grant' in right.source) || known.has(right.source.grant)) continue
    const { grant } = right.source
    gone.set(grant, { grant, institution, why: 'other' })
  }
  return [...gone.values()]
}
