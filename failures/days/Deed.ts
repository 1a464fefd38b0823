/** What somebody set out to do. */
export type Deed = {
  /** Whose machine it is done at. */
  readonly at: string
  readonly says: string
  /** Doing it again after a failure is safe. `isCalm`: nothing was wrong when it began. */
  act(isCalm: boolean): Promise<void>
}
