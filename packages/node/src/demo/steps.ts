import { MedrecError } from '@medrec/protocol'
import { failureOf, tellSupervisor } from '../parentProcess.ts'
import { readOnlyHome } from './home.ts'

/** Runs one step of a first start in a process of its own, whose memory is given back when it ends. */
export async function runDemoStep(step: string, folder: string): Promise<void> {
  const home = readOnlyHome(folder)
  const progress = (text: string): void => void tellSupervisor({ type: 'progress', text })
  try {
    if (step === 'found') await (await import('./found.ts')).found(home, progress)
    else if (step === 'populate') await (await import('./populate.ts')).populate(home, progress)
    else throw new DemoStepError(step)
  } catch (error) {
    await tellSupervisor(failureOf(error))
    throw error
  }
}

/** A demonstration has no such step. */
export class DemoStepError extends MedrecError {
  readonly code = 'DEMO_STEP'
  constructor(step: string) {
    super(`A demonstration has no step "${step}"; its steps are found and populate.`)
  }
}
