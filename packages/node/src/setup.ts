// biome-ignore-all lint/performance/noBarrelFile: the package's fourth entry: a provider's setup, which a running node never loads
export { CatalogueFileError, readCatalogueFile } from './readCatalogueFile.ts'
export {
  AnswersError,
  keepAnswers,
  keptAnswers,
  readAnswers,
  type SetupAnswers,
} from './setup/answers.ts'
export { ownSecret } from './setup/ownSecret.ts'
export {
  FilesThereError,
  filesInTheWay,
  type ProviderFiles,
  type ProviderSettings,
  providerTexts,
  writeProvider,
} from './setup/writeProvider.ts'
