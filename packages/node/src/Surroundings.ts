import type { Log } from './log.ts'

/** A node that runs: its address, and how it is ended. */
export type RunningNode = { readonly url: string; close(): Promise<void> }

/** What every role is started with. */
export type Surroundings = {
  /** The configuration file, with its whole path */
  readonly file: string
  readonly path: (file: string) => string
  readonly log: Log
  /** Unix seconds */
  readonly clock: () => number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly progress: (text: string) => void
}
