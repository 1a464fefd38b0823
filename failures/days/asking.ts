import { Query } from '@medrec/library'
import { fromHex, type Hex, printQuery } from '@medrec/protocol'
import { type Access, accessTo, postTo } from '../../packages/library/src/access.ts'
import type { Random } from '../../samples/random.ts'
import {
  beyond,
  granted,
  purposeOf,
  purposes,
  type Question,
  type Resource,
  type Right,
} from './Model.ts'
import { readers } from './people.ts'
import type { World } from './World.ts'

/** Questions asked after each event. */
const questionsAtOnce = 4

/** Asks as viewers and thieves do, and compares what the gatekeeper says with what the model says. */
export class Asking {
  readonly #world: World
  /** What each right's viewer was given, kept by her whatever she hears later. */
  readonly #given = new Map<Hex, Access>()

  constructor(world: World) {
    this.#world = world
  }

  /** Keeps what viewers were given as soon as they see it. */
  remember(): void {
    const { stage, model } = this.#world
    for (const right of model.rights) {
      const { slot, viewer } = right
      if (this.#isKept(right) || !stage.names().includes(viewer)) continue
      const access = accessTo(stage.device(viewer).participant, sourceOf(right))
      if (!('ok' in access)) this.#given.set(slot, access)
    }
  }

  /** What was given, with the consent that came to it. */
  #isKept({ slot, consent }: Right): boolean {
    const known = this.#given.get(slot)
    return known !== undefined && (!consent || known.presented.share?.consent !== undefined)
  }

  /** Some questions about rights that stand and rights that ended; what was taken back last, for sure. */
  async some(random: Random): Promise<void> {
    this.remember()
    const { model, now } = this.#world
    for (const right of model.takenBack(now)) await this.ask(usual(right))
    const recent = model.rights.slice(-24)
    const live = model.live(now)
    if (recent.length === 0) return
    for (let count = 0; count < questionsAtOnce; count++) {
      const isLive = live.length > 0 && random.chance(0.7)
      await this.ask(questionOf(random.pick(isLive ? live : recent), random))
    }
  }

  /** One question; the model speaks before and after, since an answer may take its time. */
  async ask(question: Question): Promise<void> {
    const world = this.#world
    const verdict = world.model.verdict(question, world.now, world.isCalm)
    const { right } = question
    const answer = await this.#answer(question, verdict.must === 'allow')
    if (answer === undefined) return
    world.counts[answer === 'allowed' ? 'allowed' : 'refused']++
    const what = `${question.viewer} asks for ${question.elements} of ${question.resource} of ${right.patient.name} by the ${right.kind} of ${right.viewer} (${right.slot.slice(0, 10)}): ${answer}`
    world.tell(what)
    if (verdict.must === 'refuse')
      world.must(answer !== 'allowed', `BREACH: ${what}, though ${verdict.why}`)
    if (verdict.must === 'allow')
      world.must(answer === 'allowed', `${what}, though nothing is wrong`)
  }

  /** What came back; undefined when nothing could be asked. */
  async #answer(question: Question, isBelieved: boolean): Promise<string | undefined> {
    const { stage } = this.#world
    const { right, viewer, resource, elements, purpose } = question
    const access = this.#given.get(right.slot)
    const { life } = stage.machine(viewer)
    if (!access || !life || !stage.names().includes(viewer))
      return isBelieved ? 'she never saw it' : undefined
    const { participant } = stage.device(viewer)
    const pointer = right.patient.pointers[resource]
    const reads = this.#world.readsOf(right.patient.name, viewer)
    reads.asked++
    const source = sourceOf(right)
    // Who may read does so as everybody does, with every proof; who may not sends what she was given once.
    const asked = isBelieved
      ? Query.read(participant, { ...source, pointer, elements, purpose }).then((read) =>
          read.ok ? 'allowed' : read.code,
        )
      : postTo(participant, access, '/query', {
          query: printQuery({ pointer: fromHex(pointer, 16), elements }),
          purpose,
        }).then((reply) => (reply.kind === 'answer' ? 'allowed' : reply.code))
    const answer = await Promise.race([asked, life.over.then(() => 'UNREACHABLE')])
    if (answer === 'allowed') reads.answered++
    return answer
  }
}

/** What was given, as whoever holds it asks for it. */
export function usual(right: Right): Question {
  const { resource, viewer } = right
  return { right, viewer, resource, elements: granted[resource], purpose: purposeOf(right) }
}

function sourceOf({ kind, slot, opened }: Right): Parameters<typeof accessTo>[1] {
  if (opened) return { emergency: opened }
  return kind === 'delegation' ? { delegation: slot } : { grant: slot }
}

/** Mostly what was given; now and then more than that, or by somebody else. */
function questionOf(right: Right, random: Random): Question {
  const { resource, viewer } = right
  const asked = usual(right)
  if (random.chance(0.7)) return asked
  const others = readers.filter((name) => name !== viewer)
  const other: Resource = resource === 'labs' ? 'visits' : 'labs'
  return random.pick<Question>([
    { ...asked, viewer: random.pick(others) },
    { ...asked, elements: [...granted[resource], beyond[resource]] },
    { ...asked, purpose: purposes.other },
    { ...asked, resource: other, elements: ['date'] },
  ])
}
