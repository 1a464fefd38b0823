import { openNodeDatabase } from './NodeDatabase.ts'
import type { Store } from './Store.ts'

/** A store in a SQLite file of its own. Throws as `openNodeDatabase`. */
export async function openSqliteStore(path: string): Promise<Store> {
  return openNodeDatabase(path).store
}

export { restore } from './backup.ts'
export {
  DamagedDatabaseError,
  DatabaseExistsError,
  DatabaseUnavailableError,
  ForeignDatabaseError,
  NewerDatabaseError,
} from './errors.ts'
export { type NodeDatabase, openNodeDatabase } from './NodeDatabase.ts'
export * as AccessTables from './provider/access.ts'
export * as AnchorTables from './provider/anchors.ts'
export * as EmergencyTables from './provider/emergencies.ts'
export * as PartTables from './provider/parts.ts'
export * as PointerTables from './provider/pointers.ts'
export * as RelationshipTables from './provider/relationships.ts'
export { DatabaseInUseError, holdAlone } from './provider/soleUse.ts'
export * as SourceTables from './provider/sources.ts'
export { providerSteps } from './provider/steps.ts'
export * as WriteTables from './provider/writes.ts'
export type { SqlValue } from './Tables.ts'
