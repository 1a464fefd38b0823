export type { Rhythm } from './Anchoring.ts'
export type { Limits, ReadRows } from './adapter/messages.ts'
export {
  DatabaseBusyError,
  DatabaseStoppedError,
  type Person,
  RowsUnusableError,
} from './adapter/openAdapter.ts'
export type { Staff } from './Core.ts'
export { type Catalogue, CatalogueError, catalogueHash, parseCatalogue } from './catalogue.ts'
export { type Enrolled, type EnrolOptions, PatientUnknownError } from './enrol.ts'
export {
  type ConsentRequest,
  type Gatekeeper,
  type GatekeeperOptions,
  type GatekeeperStatus,
  type LogEntry,
  openGatekeeper,
} from './openGatekeeper.ts'
export type { PatientState, PointerOverview } from './patients.ts'
export { type LogContent, LogUnavailableError } from './query/AccessLog.ts'
export type { GatekeeperEvent, Timer } from './query/Context.ts'
export {
  decide,
  type Facts,
  type PointerFacts,
  type ShareFacts,
  type SlotFacts,
} from './query/decide.ts'
export type { HttpRequest } from './query/handle.ts'
export type { Rate } from './query/RateLimit.ts'
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
  WriteRefusedError,
  type Written,
} from './writePath.ts'
