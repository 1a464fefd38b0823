/** Options that every command has. */
export type GlobalOptions = {
  readonly home: string
  readonly as?: string
  readonly json?: boolean
}
