import { newP256Key, type P256Key } from '@medrec/protocol'
import type { DeviceKey } from './Identity.ts'

/**
 * Keys that this device makes for itself, one for each audience and day, and forgets when it is closed: their
 * private halves cannot be taken out, not even by a script that runs in the page (W3C Web Cryptography API).
 */
export function deviceKeys(): DeviceKey {
  const keys = new Map<string, Promise<P256Key>>()
  return (audience, day) => {
    const name = `${day} ${audience}`
    const known = keys.get(name) ?? newP256Key()
    // Yesterday's keys are of no use any more.
    for (const other of keys.keys()) if (!other.startsWith(`${day} `)) keys.delete(other)
    keys.set(name, known)
    return known
  }
}
