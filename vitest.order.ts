import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files of a minute and more, longest first (measured on two cores). The last file to begin is to be a short one, or
 * all cores but one wait for its end; the usual order (largest file first) begins `bypass` among the last.
 */
const longest = [
  'attack/bypass/bypass.test.ts',
  'scenarios/geth/proofOfWork.test.ts',
  'failures/failures.test.ts',
  'scenarios/browser.test.ts',
  'attack/model/model.test.ts',
  'scenarios/commands.test.ts',
  'scenarios/geth/clique.test.ts',
  'scenarios/story.test.ts',
  'packages/gatekeeper/src/gatekeeper.test.ts',
  'scenarios/kill.test.ts',
  'packages/gatekeeper/src/bothDecide.test.ts',
  'scenarios/operations.test.ts',
  'packages/gatekeeper/src/adapter/fhir/fhir.test.ts',
]

/** Begins the longest files first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.indexOf(relative(import.meta.dirname, moduleId))
      return place === -1 ? longest.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
