export type { Rhythm } from './compose.ts'
export {
  openRelay,
  type Relay,
  type RelayOptions,
  type RelayStatus,
  type RelayView,
} from './openRelay.ts'
export type { RelayToken } from './tokens.ts'
