// biome-ignore-all lint/performance/noBarrelFile: the package's third entry: people, by program
export {
  type DemoPerson,
  type DemoStaff,
  demoStaff,
  dualConsentOf,
  readPeople,
  storyOf,
} from './demo/people.ts'
export { type StaffClient, StaffRequestError, signIn } from './demo/staffClient.ts'
export { until, WaitedTooLongError } from './demo/until.ts'
