// `npm run fhir`: fetches and compiles the FHIR server of the tests, once.
import { buildFhirServer } from './fhirServer.ts'

try {
  process.stdout.write(`${buildFhirServer()}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
