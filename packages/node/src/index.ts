export {
  type ConfigOf,
  type NodeConfig,
  nodeConfig,
  type Role,
} from './config.ts'
export { ConfigError, type LoadedConfig, printConfig, readConfig } from './configFile.ts'
export { KeystoreError, openKeystore, readKeystore, writeKeystore } from './keystore.ts'
export {
  admit,
  certify,
  foundNetwork,
  fundNode,
  listStaff,
  putStaff,
  removeStaff,
  requestToJoin,
} from './network/network.ts'
export { NetworkFileError, readNetwork } from './networkFile.ts'
export { type ChildMessage, failureOf, tellSupervisor, untilStopped } from './parentProcess.ts'
export { PinMismatchError, pinnedFetch, pinsAt } from './pinnedFetch.ts'
export { DiskFullError, explained, PermissionError, PortInUseError } from './problems.ts'
export { runNode } from './runNode.ts'
export type { RunningNode } from './Surroundings.ts'
export { openSupervisor, ProcessFailedError, type Supervisor, type Task } from './supervisor.ts'
