export {
  DeployFailedError,
  type DeployOptions,
  deployNetwork,
  type Founder,
} from './deployNetwork.ts'
export type { Heartbeat } from './engines/Announcer.ts'
export { AnvilFailedError, AnvilMissingError, type Genesis } from './engines/anvil.ts'
export { isAskedFor, type Reach } from './engines/askedFor.ts'
export { createDoor, type Door, type DoorOptions } from './engines/door.ts'
export {
  type EmbeddedEngine,
  type EmbeddedOptions,
  EngineLostError,
  type EngineState,
  type EngineStatus,
  JournalOfAnotherNetworkError,
  startEmbedded,
} from './engines/embedded.ts'
export {
  JournalDamagedError,
  type JournalFacts,
  JournalForeignError,
  JournalInUseError,
  JournalVersionError,
  JournalWriteError,
} from './engines/journal.ts'
export { JournalMismatchError } from './engines/replay.ts'
