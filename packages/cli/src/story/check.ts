import { isDeepStrictEqual } from 'node:util'
import { MedrecError } from '@medrec/protocol'

/** Throws StoryFailedError unless both are the same. For facts without patients' data: both are printed. */
export function check<T>(what: string, expected: T, found: unknown): asserts found is T {
  if (!isDeepStrictEqual(expected, found))
    throw new StoryFailedError(what, { expected: printed(expected), found: printed(found) })
}

/** Throws StoryFailedError unless the condition holds. `found` must not be a patient's data. */
export function checkThat(what: string, holds: boolean, found?: unknown): asserts holds {
  if (!holds) throw new StoryFailedError(what, { expected: 'yes', found: printed(found ?? 'no') })
}

/** Throws StoryFailedError unless both are the same, without printing either: for patients' data. */
export function checkSame(what: string, expected: unknown, found: unknown): void {
  if (isDeepStrictEqual(expected, found)) return
  throw new StoryFailedError(what, {
    expected: `the same (${shapeOf(expected)})`,
    found: `something else (${shapeOf(found)})`,
  })
}

/** The value, or StoryFailedError when there is none. */
export function present<T>(what: string, value: T | undefined | null): T {
  if (value === undefined || value === null)
    throw new StoryFailedError(what, { expected: 'one', found: 'none' })
  return value
}

/** What may be said of data: their form, not their content. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null)
    return `members ${Object.keys(value).toSorted().join(', ')}`
  return typeof value
}

function printed(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  )
}

/** A step of the story did not go as it should. */
export class StoryFailedError extends MedrecError {
  readonly code = 'STORY_FAILED'
  readonly expected: string
  readonly found: string
  constructor(what: string, { expected, found }: { expected: string; found: string }) {
    super(what, { facts: [`Expected: ${expected}`, `Found: ${found}`] })
    this.expected = expected
    this.found = found
  }
}
