// `npm run geth`: builds the engine of proof-of-work and Clique networks for tests and benchmarks, once. Exits 3 when its
// release is not to be had, 1 when it could not be built.
import { buildGeth, NotServedError } from './binary.ts'

try {
  process.stdout.write(`${buildGeth()}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof NotServedError ? 3 : 1
}
