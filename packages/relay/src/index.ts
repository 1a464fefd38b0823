export type { Rhythm } from './compose.ts'
export {
  openRelay,
  type Relay,
  type RelayOptions,
  type RelayStatus,
  type RelayView,
} from './openRelay.ts'
export type { RawAnswer, RawRequest } from './requests.ts'
export type { RelayToken } from './tokens.ts'
