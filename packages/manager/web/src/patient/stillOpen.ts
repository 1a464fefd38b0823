import type { OpenOrNot, SharedAnswer } from './model.ts'

/** What of an answer may still be shown by the chain's word: parts that have ended since go, and it is said why. */
export function stillOpen(answer: SharedAnswer, parts: readonly OpenOrNot[]): SharedAnswer {
  if (answer.kind === 'refused') return answer
  const ended = parts.flatMap((part) => (part.why ? [{ ...part, why: part.why }] : []))
  const isEnded = (grant: unknown): boolean => ended.some((part) => part.grant === grant)
  const sets = answer.sets.filter(
    ({ right: { source } }) => !('grant' in source && isEnded(source.grant)),
  )
  const missing = [...answer.missing.filter(({ grant }) => !isEnded(grant)), ...ended]
  const [first] = missing
  if (sets.length === 0 && first) return { kind: 'refused', why: first.why }
  return { kind: 'records', sets, missing }
}
