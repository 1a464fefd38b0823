import { type Context, createContext, useContext } from 'react'

/** How many events of the node were seen; part of the key of everything asked. */
export const LiveContext: Context<number> = createContext(0)

export function useLiveCount(): number {
  return useContext(LiveContext)
}
