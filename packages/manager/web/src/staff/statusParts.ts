import { common } from '../text/common.ts'
import { showMoment } from '../ui/dates.ts'
import type { StatusPart } from './api.ts'

const isMoment = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/

/** The parts of a status answer, whatever facts each of them brings. */
export function statusParts(answer: unknown): readonly StatusPart[] {
  if (typeof answer !== 'object' || answer === null) return []
  return Object.entries(answer).flatMap(([name, value]) => partOf(name, value))
}

function partOf(name: string, value: unknown): readonly StatusPart[] {
  if (typeof value !== 'object' || value === null) return []
  const { ok, ...facts } = value as { ok?: unknown }
  if (ok !== undefined && typeof ok !== 'boolean') return []
  const text = Object.entries(facts)
    .filter(([, fact]) => typeof fact !== 'object' || fact === null)
    .map(([fact, is]) => `${words(fact)}: ${shown(is)}`)
    .join(' · ')
  return [{ name, ok: ok ?? true, text }]
}

function shown(fact: unknown): string {
  if (typeof fact === 'boolean') return fact ? common.yes : common.no
  if (typeof fact === 'string' && isMoment.test(fact)) return showMoment(Date.parse(fact) / 1000)
  return String(fact ?? '–')
}

/** `lastBackupAt` -> `last backup at` */
function words(name: string): string {
  return name.replace(/([A-Z])/g, ' $1').toLowerCase()
}
