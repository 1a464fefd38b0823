export { type CastMember, type CastRole, cast, castRecords } from './cast.ts'
export { bundleOf } from './fhir.ts'
export { institutionOf, splitByInstitution } from './institutions/assign.ts'
export * from './institutions/catalogue.ts'
export {
  catalogueOf,
  createInstitutionDatabase,
  excludedCanary,
  type Inserted,
  insertBundle,
  openInstitutionDatabase,
} from './institutions/database.ts'
export { identificationOf } from './institutions/rows.ts'
export {
  type LoadedPerson,
  type LoadOptions,
  type LoadReport,
  loadFhirFolder,
} from './loadFolder.ts'
export {
  type InstitutionProfile,
  institutionProfiles,
  type StaffMember,
} from './organisations.ts'
export { generatePeople, type PeopleOptions } from './people.ts'
