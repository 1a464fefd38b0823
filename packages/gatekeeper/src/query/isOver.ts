import type { GrantSlot } from '@medrec/protocol'

/** Whether a slot's time is over, by the later of our clock and the head's. */
export function isOver(
  { now, headTime }: { readonly now: number; readonly headTime: number },
  slot: GrantSlot,
): boolean {
  return Math.max(now, headTime) >= slot.expiresAt
}
