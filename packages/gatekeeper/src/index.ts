export type { Rhythm } from './Anchoring.ts'
export {
  DatabaseBusyError,
  DatabaseSettingsError,
  DatabaseStoppedError,
  type Excess,
  type Person,
  RowsUnusableError,
} from './adapter/Adapter.ts'
export type { Limits, ReadRows } from './adapter/messages.ts'
export { neededTables } from './adapter/neededTables.ts'
export {
  accountHost,
  type NeededTable,
  type Role,
  roleStatements,
} from './adapter/roleStatements.ts'
export { DatabaseAddressError, type Engine, parseSource, type Source } from './adapter/source.ts'
export { WriteRefusedError } from './adapter/Writer.ts'
export type { Staff } from './Core.ts'
export {
  type Catalogue,
  CatalogueError,
  catalogueHash,
  type Definition,
  parseCatalogue,
} from './catalogue.ts'
export { type Enrolled, type EnrolOptions, PatientUnknownError } from './enrol.ts'
export {
  type Explained,
  type ExplainOptions,
  type Explanation,
  NothingToExplainError,
} from './explain.ts'
export type { GatekeeperStatus } from './GatekeeperStatus.ts'
export type { LogEntry } from './logEntries.ts'
export { resolveCatalogue, shippedMappings } from './mappings/resolveCatalogue.ts'
export {
  type ConsentRequest,
  type Gatekeeper,
  type GatekeeperOptions,
  openGatekeeper,
} from './openGatekeeper.ts'
export type { PatientState, PointerOverview } from './patients.ts'
export {
  type BrokenLog,
  LogExportChangedError,
  LogUnanchoredError,
  type ProvableLog,
} from './provableLog.ts'
export { type LogContent, LogUnavailableError } from './query/AccessLog.ts'
export type { GatekeeperEvent, Timer } from './query/Context.ts'
export { decide } from './query/decide.ts'
export {
  EmergencyReviewedError,
  type EmergencyRow,
  type Outcome,
  outcomes,
} from './query/Emergencies.ts'
export type {
  DelegationFacts,
  EmergencyFacts,
  Facts,
  PointerFacts,
  ShareFacts,
  SlotFacts,
} from './query/Facts.ts'
export type { HttpRequest } from './query/handle.ts'
export type { Rate } from './query/RateLimit.ts'
export { exceptions } from './query/Refusal.ts'
export { type Reason, refusals } from './query/refusals.ts'
export type { HttpResponse } from './query/respond.ts'
export {
  type ChangeOptions,
  NothingChangedError,
  NotWritableError,
  RecordNotFoundError,
  RequestReusedError,
  ValuesError,
  type WriteOptions,
  type Written,
} from './WritePath.ts'
