import { useMemo } from 'react'
import { currentPerson, leave } from './entry/currentPerson.ts'
import type { Session } from './model.ts'
import { forget } from './vault.ts'

export type SessionActions = { signOut(): Promise<void>; wipe(): Promise<void> }

/** Leaving: with everything kept on the device, or with everything wiped from it. */
export function useSessionActions(
  session: Session | undefined,
  onLeft: () => void,
): SessionActions {
  // biome-ignore lint/correctness/useExhaustiveDependencies: onLeft does the same at every render
  return useMemo(
    () => ({
      async signOut() {
        await session?.end()
        leave()
        onLeft()
      },
      async wipe() {
        const id = currentPerson()
        await session?.wipe()
        if (id) await forget(id)
        leave()
        onLeft()
      },
    }),
    [session],
  )
}
