export { type ParsedBundle, parseBundle } from './fhir/parseBundle.ts'
export * from './PersonRecord.ts'
