import { explained } from '@medrec/node'
import { type Hex, MedrecError } from '@medrec/protocol'
import type { Output } from '../output.ts'
import { StoryFailedError } from './check.ts'
import { addRecord } from './steps/addRecord.ts'
import { change } from './steps/change.ts'
import { history } from './steps/history.ts'
import { receive } from './steps/receive.ts'
import { restore } from './steps/restore.ts'
import { share } from './steps/share.ts'
import { Trace } from './Trace.ts'
import { openWorld, type World, type WorldOptions } from './World.ts'

/** What each step is, in words. */
const titles = [
  'A clinician finds a person by ID, proposes, and adds a result',
  'The patient is notified, checks it, declines one proposal and accepts the other',
  'Data change behind our back; she sees what, objects, and it is corrected',
  'She shares ticked fields, until the end comes or she stops; one share needs two consents',
  'Her device is wiped; twelve words bring everything back',
  'Both sides see what happened, and she what strangers can see of her',
] as const

/** Plays the six steps of Figure 2 on a fresh network; false when one did not go as it should. */
export async function runStory(
  options: Omit<WorldOptions, 'say'>,
  output: Output,
): Promise<boolean> {
  const world = await openWorld({ ...options, say: output.progress })
  try {
    await Promise.race([play(world, output), interrupted(options.signal)])
    return true
  } catch (error) {
    if (error instanceof StepFailedError) return false
    throw error
  } finally {
    await world.close()
  }
}

async function play(world: World, output: Output): Promise<void> {
  const step = stepsTo(world, output)
  const added = await step(1, (trace) => addRecord(world, trace))
  const received = await step(2, (trace) => receive(world, added, trace))
  const of = { ...added, ...received }
  await step(3, (trace) => change(world, of, trace))
  await step(4, (trace) => share(world, of, trace))
  const { patient } = await step(5, () => restore(world, received))
  try {
    await step(6, () => history(world, patient, of))
  } finally {
    await patient.close()
  }
}

type Step = <T extends { readonly facts: Readonly<Record<string, unknown>> }>(
  number: number,
  act: (trace: Trace) => Promise<T>,
) => Promise<T>

/** Runs a step, times it and prints its line. */
function stepsTo(world: World, output: Output): Step {
  const { chain, network } = world.doctor.participant
  const transactionsOf = (trace: Trace): Promise<readonly Hex[]> =>
    trace.transactions(chain.rpc(), network.ledger.toLowerCase() as Hex)
  return async (number, act) => {
    const trace = new Trace()
    const begun = performance.now()
    const elapsed = (): number => Math.round(performance.now() - begun)
    const title = titles[number - 1] ?? ''
    try {
      const done = await act(trace)
      const ms = elapsed()
      const { block } = trace
      const transactions = await transactionsOf(trace)
      output.result(
        { step: number, ok: true, ms, block, transactions, ...done.facts },
        `${number}. ${title}: done in ${(ms / 1000).toFixed(1)} s`,
      )
      return done
    } catch (error) {
      const told = tellable(error)
      output.result(
        { step: number, ok: false, ms: elapsed(), block: trace.block, ...told },
        `${number}. ${title}: FAILED\n   ${told.what}\n   expected: ${told.expected}\n   found: ${told.found}`,
      )
      throw new StepFailedError(number, error)
    }
  }
}

/** What may be printed of a failure: never a patient's data, which a foreign error could quote. */
function tellable(error: unknown): { code: string; what: string; expected: string; found: string } {
  const cause = explained(error)
  if (cause instanceof StoryFailedError)
    return {
      code: cause.code,
      what: cause.message.split('\n')[0] ?? '',
      expected: cause.expected,
      found: cause.found,
    }
  const known = cause instanceof MedrecError ? cause : undefined
  return {
    code: known?.code ?? 'UNEXPECTED',
    what: known ? (known.message.split('\n')[0] ?? '') : 'An unexpected error',
    expected: 'no error',
    found: known?.code ?? (cause instanceof Error ? whereOf(cause) : typeof cause),
  }
}

/** Kind and place of an error, without its words. */
function whereOf(error: Error): string {
  const line = error.stack?.split('\n').find((text) => text.trimStart().startsWith('at '))
  return `${error.name} ${line?.trim() ?? ''}`.trim()
}

/** Ctrl-C ends the story wherever it is. */
function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new StoryInterruptedError())
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

/** The story was stopped by its user. */
class StoryInterruptedError extends MedrecError {
  readonly code = 'STORY_INTERRUPTED'
  constructor() {
    super('The story was interrupted; its network is stopped.')
  }
}

/** The story ends at the first step that fails; its line is printed already. */
class StepFailedError extends MedrecError {
  readonly code = 'STORY_STEP_FAILED'
  constructor(step: number, cause: unknown) {
    super(`Step ${step} of the story failed.`, { cause })
  }
}
