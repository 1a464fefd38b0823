import { home } from '../text/home.ts'
import type { Notice } from './model.ts'

/** A notice as a sentence. */
export function noticeText(notice: Notice): string {
  return home.noticeTexts[notice.kind](notice.who.name, notice.label ?? '')
}
