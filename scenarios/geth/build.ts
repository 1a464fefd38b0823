// `npm run geth`: builds the engine of proof-of-work and Clique networks for tests and benchmarks, once.
import { buildGeth } from './binary.ts'

try {
  process.stdout.write(`${buildGeth()}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
