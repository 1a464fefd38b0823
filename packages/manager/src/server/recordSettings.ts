import type { Catalogue, Source } from '@medrec/gatekeeper'

/** What was written for the node's next start. */
export type KeptSettings = {
  readonly files: readonly string[]
  /** Of the catalogue */
  readonly version: number
  /** The account that writes belongs to the former database and was left out. */
  readonly losesWriting: boolean
}

/** The part of a node's configuration that is about the institution's database. */
export type RecordSettings = {
  /** As configured; a secret never stands in it. */
  readonly address: string
  /** Addresses whose servers and files the console may connect, the present one first */
  readonly places: readonly string[]
  /** Whether an address leads to the database of today, by whatever spelling or account. Throws DatabaseAddressError. */
  isPresent(address: string): boolean
  /**
   * The database of an address, with the secret given, or the configured one for the configured address. Throws
   * DatabaseAddressError, PlaceNotAllowedError, RecordsSecretError.
   */
  sourceOf(address: string, secret: string | undefined): Source
  /** Writes the configuration, readable by its owner only, for the next start. Throws ConfigError, CatalogueError. */
  keep(settings: {
    readonly address: string
    readonly secret: string | undefined
    readonly catalogue: Catalogue
  }): KeptSettings
  /** What was written since this start. */
  waiting(): KeptSettings | undefined
  /** The command that starts the node again */
  readonly restart: string
}
