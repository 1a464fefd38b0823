// biome-ignore-all lint/performance/noBarrelFile: the package's second entry: connecting a database, which a running node never loads
/** What connecting an institution's database needs, from its address to a catalogue that serves (paper III-C.3). */
export { kindsOf, mappingsFor } from './setup/buildCatalogue.ts'
export { type DryRun, dryRun, type Preview } from './setup/dryRun.ts'
export {
  type Exclusions,
  exclusion,
  type MappedPatients,
  type MappedResource,
  type Mapping,
  MappingError,
  mapping,
  mostFields,
  type Problem,
} from './setup/Mapping.ts'
export {
  keyOf,
  mapResource,
  ownerOf,
  type Proposal,
  proposePatients,
  type TypeOf,
} from './setup/proposeMapping.ts'
export { RecordsUnreachableError } from './setup/RecordsUnreachableError.ts'
export { readSchema, type Schema } from './setup/readSchema.ts'
export { type Remedy, remedied, remediesFor, type Told } from './setup/remedies.ts'
export { type Sensitivity, settleCatalogue, type Wanted } from './setup/settleCatalogue.ts'
export { isPlain } from './setup/sqlNames.ts'
export { columnNamed, placeOf, type Table, tableNamed } from './setup/Table.ts'
export { nameOfSource, trySource } from './setup/trySource.ts'
export { kindOfNumber, labelOf } from './setup/words.ts'
