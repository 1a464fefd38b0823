import { dataInTheDatabase, mappingFiles } from './batches.ts'
import type { Payload } from './corpus.ts'
import { knock, type Outcome } from './doors.ts'
import { leaked, legitimate } from './legitimate.ts'
import type { Scene } from './Scene.ts'

export type Result = {
  readonly attempts: number
  readonly breaches: readonly string[]
  readonly asked: number
  readonly answered: number
}

/** Payloads between two looks at whether lawful requests are still answered. */
const between = 25

/** Takes every payload to every door of one institution. */
export async function attack(scene: Scene, payloads: readonly Payload[]): Promise<Result> {
  const breaches: string[] = []
  let [attempts, asked, answered] = [0, 0, 0]
  const look = async (): Promise<void> => {
    const found = await legitimate(scene)
    asked += found.asked
    answered += found.answered
  }
  await look()
  let state = await scene.clinic.state(scene.visit)
  let reader = scene.gatekeeper().status().readingProcess
  for (const [i, { id, payload }] of payloads.entries()) {
    const breach = (what: string): void =>
      void breaches.push(`${scene.clinic.engine} ${id}: ${what}`)
    for await (const outcome of knock(scene, payload)) {
      attempts++
      for (const what of wrongIn(outcome)) breach(what)
    }
    const after = await scene.clinic.state(scene.visit)
    if (after !== state) breach('something was changed')
    const readsNow = scene.gatekeeper().status().readingProcess
    if (readsNow !== reader) breach('the reading process ended')
    ;[state, reader] = [after, readsNow]
    if (i % between === between - 1) await look()
  }
  const batches = [
    await dataInTheDatabase(scene, payloads),
    await mappingFiles(scene.clinic, payloads),
  ]
  for (const batch of batches) {
    attempts += batch.attempts
    breaches.push(...batch.breaches)
  }
  await look()
  return { attempts, breaches, asked, answered }
}

function wrongIn({ door, told, asker, isLawful }: Outcome): readonly string[] {
  return [
    ...leaked(told, asker).map((canary) => `${door}: told ${canary}`),
    ...(told.status >= 500 ? [`${door}: ${told.status} ${told.text.slice(0, 200)}`] : []),
    ...(told.isAnswered && !isLawful ? [`${door}: answered`] : []),
  ]
}
