export {
  type FolderFile,
  type FolderOptions,
  type FolderProblem,
  listFhirFiles,
  maxUnpackedBytes,
  readFhirFolder,
} from './fhir/folder.ts'
