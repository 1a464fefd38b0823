import { readFileSync } from 'node:fs'
import { MedrecError } from '@medrec/protocol'

/** The JSON of a catalogue's file. Throws CatalogueFileError. */
export function readCatalogueFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (cause) {
    throw new CatalogueFileError(file, { cause })
  }
}

/** The catalogue's file is missing or is no JSON. */
export class CatalogueFileError extends MedrecError {
  readonly code = 'CATALOGUE_FILE'
  constructor(file: string, options: { cause?: unknown } = {}) {
    super('The catalogue cannot be read.', { ...options, facts: [`File: ${file}`] })
  }
}
