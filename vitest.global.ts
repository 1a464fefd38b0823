import { randomInt } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives all tests, and the processes that they start, one folder for what they leave behind, which goes with them, and
 * a number that tells this run's ports from those of another one.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-tests-'))
  chmodSync(folder, 0o711) // database servers run as users of their own and have folders in it
  process.env['TMPDIR'] = folder
  process.env['MEDREC_RUN'] = String(randomInt(68))
  return () => {
    try {
      // A process that was just killed may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    } catch (error) {
      // What stays on a disk is no failure of a test.
      process.stderr.write(`Not all of ${folder} could be removed: ${error}\n`)
    }
  }
}
