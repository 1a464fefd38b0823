// biome-ignore-all lint/performance/noBarrelFile: the package's second entry, which the supervisor loads alone
export { demoInstitutions, type InstitutionKey, urlOf } from './configs.ts'
export {
  type DemoHome,
  HomeBusyError,
  HomeMissingError,
  HomeOfOtherDataError,
  HomeUnreadableError,
  NotAHomeError,
  openHome,
  readOnlyHome,
  removeHome,
} from './home.ts'
export { type Demo, startDemo } from './startDemo.ts'
export { runDemoStep } from './steps.ts'
