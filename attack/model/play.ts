import { type Block, Chain, type Ending, endingOf, type Wish } from './chain.ts'
import type { Change, Gate } from './Gate.ts'
import { historyOf, places, pointersOf, start } from './history.ts'
import type { Ask, History, Step, Word } from './plan.ts'
import { answerOf } from './reference.ts'

/** Where the gatekeeper and the model, or a third opinion, differ. */
export type Disagreement = {
  readonly history: number
  readonly step: number
  readonly ask: Ask
  readonly gate: string
  readonly model: string
}

/** How often each answer was given. */
export type Told = Map<string, number>

/** Another opinion on the same facts: yes or no. */
export type Third = (...question: Question) => boolean
type Question = Parameters<typeof answerOf>

/** Plays one history on both sides and compares every answer; the first difference ends it. */
export function play(
  gate: Gate,
  told: Told,
  {
    seed,
    number,
    third,
  }: { readonly seed: number; readonly number: number; readonly third?: Third },
): Disagreement | undefined {
  const history = historyOf(seed, number)
  gate.begin(history, number)
  const world = new World(gate, history, number % places)
  for (const [step, next] of history.steps.entries()) {
    if (next.do !== 'ask') {
      world.take(next)
      continue
    }
    const { ask } = next
    const question = world.question(ask)
    const [ours, model] = [gate.ask(ask), answerOf(...question)]
    told.set(model, (told.get(model) ?? 0) + 1)
    if (ours !== model) return { history: number, step, ask, gate: ours, model }
    // It knows shares only.
    const isKnown = !ask.isDelegated && ask.emergency === undefined
    const allows = isKnown && third ? third(...question) : model === 'allow'
    if (allows !== (model === 'allow'))
      return { history: number, step, ask, gate: ours, model: `(a third opinion) ${allows}` }
  }
  return undefined
}

/** The model's side of a history, which also seals the blocks that the gate is told of. */
class World {
  readonly #gate: Gate
  readonly #history: History
  readonly #place: number
  readonly #blocks: Block[] = []
  readonly #endings: Ending[] = []
  readonly #words: Word[] = []
  readonly #nonces = new Set<number>()

  constructor(gate: Gate, history: History, place: number) {
    this.#gate = gate
    this.#history = history
    this.#place = place
  }

  take(step: Exclude<Step, { do: 'ask' }>): void {
    switch (step.do) {
      case 'block':
        this.#seal(step.gap, step.seconds, step.wishes)
        return
      case 'reorg':
        this.#reorganise(step)
        return
      case 'push':
        this.#push(step.wish)
        return
      case 'say':
        this.#words.push(step.word)
        this.#gate.say(step.word)
        return
      case 'use':
        this.#nonces.add(step.nonce)
        this.#gate.use(step.nonce)
        return
      case 'restart':
        this.#gate.restart()
    }
  }

  question(ask: Ask): Question {
    const { confirmations, relations, shares, delegation } = this.#history
    const height = this.#blocks.at(-1)?.number ?? 0
    const known = {
      head: Chain.of(this.#blocks, height),
      earlier: Chain.of(this.#blocks, height - confirmations),
      headTime: this.#headTime(),
      ...{ endings: this.#endings, words: this.#words, usedNonces: this.#nonces },
    }
    const plan = {
      relation: relations[ask.relation] as History['relations'][number],
      share: ask.share === undefined ? undefined : shares[ask.share],
      delegation: ask.isDelegated ? delegation : undefined,
      pointer: ask.kind === 'query' ? pointersOf(this.#place)[ask.pointer] : undefined,
    }
    return [known, ask, plan]
  }

  #push(wish: Wish): void {
    const ending = endingOf(wish)
    if (!ending) return
    this.#endings.push(ending)
    this.#gate.push(ending)
  }

  #headTime(): number {
    return this.#blocks.at(-1)?.time ?? start
  }

  #seal(gap: number, seconds: number, wishes: readonly Wish[]): void {
    const last = this.#blocks.at(-1)
    const [number, time] = [(last?.number ?? 0) + gap, this.#headTime() + seconds]
    const chain = Chain.of(this.#blocks, number)
    const changes: Change[] = []
    for (const wish of wishes) {
      if (!chain.take(wish, time)) continue
      const ending = endingOf(wish)
      if (ending) this.#endings.push(ending)
      changes.push({
        wish,
        chain: {
          ...chain,
          status: [...chain.status],
          epoch: [...chain.epoch],
          slots: [...chain.slots],
        },
      })
    }
    const block = { number, time, wishes }
    this.#gate.apply(block, changes)
    this.#blocks.push(block)
  }

  #reorganise({ depth, lost, longer, fresh }: Extract<Step, { do: 'reorg' }>): void {
    const first = Math.max(0, this.#blocks.length - depth)
    const gone = this.#blocks.splice(first)
    for (const _ of gone) this.#gate.undo()
    for (const [i, { wishes }] of gone.entries()) {
      // The block in which everything began mostly comes again, so that there is something to ask about.
      const every = first + i > 0 ? lost : 9
      this.#seal(1, 2, every === 0 ? [] : wishes.filter((_, j) => (i + j) % every !== 1))
    }
    if (longer || gone.length === 0) this.#seal(1, 2, fresh)
  }
}
