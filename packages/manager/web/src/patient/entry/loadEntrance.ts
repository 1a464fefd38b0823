import type { Entrance } from '../entrance.ts'

let loading: Promise<Entrance> | undefined

/** The code that knows the network, fetched apart so that the first screen is there at once. */
export function loadEntrance(): Promise<Entrance> {
  loading ??= import('../live/entrance.ts').then((module) => module.entrance)
  return loading
}
