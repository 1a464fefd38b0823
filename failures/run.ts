import { describe } from './describe.ts'
import { type Fault, faultOf } from './faults.ts'
import { violationsOf } from './invariants.ts'
import { type Action, actions, families, type Plan } from './plan.ts'
import { deeds, type Story } from './story.ts'
import type { Stage } from './town/Stage.ts'

/** What came of a run: empty `violations` are what we want. */
export type Outcome = {
  readonly struck: string | undefined
  readonly violations: readonly string[]
}

/** Ids of the rows that stand in the hospital's database before anybody writes. */
const firstRow = 1_000_000
const seedsApart = 10_000_000

const people = ['patient', 'doctor'] as const
/** A person tries so often before she calls for help. */
const mostTries = 4

/** Plays one story with one fault in it, and looks at what is left. */
export async function run(stage: Stage, plan: Plan): Promise<Outcome> {
  await stage.invite(people)
  const story = newStory(stage, plan)
  const fault = faultOf(stage, plan)
  try {
    for (const action of actions) {
      if (action === plan.action) fault.arm()
      await perform(story, action, fault)
    }
    await fault.heal()
    return {
      struck: fault.struck(),
      violations: [...(await violationsOf(story)), ...crashesOf(stage)],
    }
  } catch (error) {
    await fault.heal()
    const found = [describe(error), ...tracesOf(stage), ...crashesOf(stage)]
    return { struck: fault.struck(), violations: found }
  } finally {
    await stage.dismiss(people)
  }
}

function newStory(stage: Stage, { seed, family, ending }: Plan): Story {
  const localPatient = `${family}-${seed}`
  stage.inClinic((clinic) => {
    clinic
      .prepare(`INSERT OR IGNORE INTO person VALUES (?, 'Ada', 'Berg', '1980-01-02', 'female', ?)`)
      .run(localPatient, localPatient)
    clinic
      .prepare(`INSERT INTO lab VALUES (?, ?, '2024-03-01', '4548-4', '6.1', 1)`)
      .run(firstRow + families.indexOf(family) * seedsApart + seed, localPatient)
    clinic
      .prepare(`INSERT INTO visit (patient, day, reason) VALUES (?, '2024-03-01', 'check-up')`)
      .run(localPatient)
  })
  return {
    ...{ stage, localPatient, ending, relationship: '0x', grant: '0x', written: [] },
    reads: { patient: 0, doctor: 0 },
    asked: { patient: 0, doctor: 0 },
  }
}

/** Somebody does something, and again if she was told that it failed or told nothing, until all see it. */
async function perform(story: Story, action: Action, fault: Fault): Promise<void> {
  const { stage } = story
  const deed = deeds[action]
  let last: unknown
  for (let tries = 1; tries <= mostTries; tries++) {
    // Whoever was refused waits as long as she is told to: some seconds of people, a heartbeat here.
    await stage.happens('all machines run', () => tries === 1 || stage.isFresh())
    const { life } = stage.machine(deed.at)
    const told = await Promise.race([
      deed.act(story).then(
        () => 'done' as const,
        (error: unknown) => ({ error }),
      ),
      life?.over.then(() => ({ error: new Error('the machine went dark') })),
    ])
    if (told === 'done') {
      await stage.happens(`everybody sees: ${action}`, () => deed.isSeen(story))
      return
    }
    last = told?.error
    // She sees to it that what was wrong is right again, as the documents say, and tries again.
    if (tries > 1) await fault.heal()
  }
  throw new Error(`${action} failed ${mostTries} times: ${describe(last)}`)
}

/** Errors that would have ended a process, with where they come from. */
export function crashesOf(stage: Stage): readonly string[] {
  return stage.crashes.map((error) => {
    const stack = error instanceof Error ? (error.stack?.split('\n').slice(1, 9) ?? []) : []
    return [`nobody caught: ${describe(error)}`, ...stack].join('\n')
  })
}

/** What stands in outboxes, for whoever looks for the reason. */
function tracesOf(stage: Stage): readonly string[] {
  const { waiting, problem, missingWei } = stage.hospital.relay.status()
  const batches = stage.hospital.database.all('SELECT * FROM relay_batch WHERE state <> ?', 'final')
  const relay = `  relay: ${waiting} wait, lacks ${missingWei}, ${describe(problem)}, ${JSON.stringify(batches).slice(0, 300)}`
  return [relay, ...waitingAt(stage)]
}

function waitingAt(stage: Stage): readonly string[] {
  return (['hospital', ...people] as const).flatMap((name) =>
    stage
      .device(name)
      .participant.outbox.all()
      .filter(({ state }) => state !== 'final')
      .map(
        ({ about, state, reason = '', attempts }) =>
          `  ${name}: ${about.kind} ${state} ${reason} (${attempts})`,
      ),
  )
}
