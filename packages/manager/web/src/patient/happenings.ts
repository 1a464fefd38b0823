import { activity } from '../text/activity.ts'
import { common } from '../text/common.ts'
import type { Happening } from './model.ts'

/** A happening as a sentence. */
export function happeningText(happening: Happening): string {
  const who = happening.who?.name ?? common.you
  const other = happening.other?.name ?? common.you.toLowerCase()
  return activity.texts[happening.kind](who, other)
}
