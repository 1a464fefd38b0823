import { decide, type Facts } from '@medrec/gatekeeper'
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import { cedarAllows } from '../attack/model/cedar.ts'
import { work } from '../attack/model/work.ts'
import {
  served,
  withEntry,
  withScope,
  withStatus,
} from '../packages/gatekeeper/src/query/decide.test-support.ts'
import { pairedRow, type Round, type Row } from './Row.ts'

const rounds = 7
/** Decisions of each side in a round: about as long for each. */
const each = { ours: 200_000, cedar: 1_000, casbin: 20_000 }

/**
 * Decisions a second of one core: ours over gathered facts, beside Cedar over the same protocol's rules and questions,
 * and beside Casbin, which answers a much simpler question (a role's right to a field, no time, no endings).
 */
export async function run(): Promise<Row[]> {
  const questions = questionsOf()
  const casbin = await casbinOf()
  const [ours, cedar, other]: [number[], number[], number[]] = [[], [], []]
  for (let i = 0; i < rounds; i++) {
    ours.push(perSecond(each.ours, (at) => decide(facts[at % facts.length] as Facts) === 'allow'))
    cedar.push(
      perSecond(each.cedar, (at) => {
        const question = questions[at % questions.length]
        return question !== undefined && cedarAllows(...question)
      }),
    )
    other.push(perSecond(each.casbin, (at) => casbin.enforceSync('bo', `r${at % 100}`, 'value')))
  }
  const beside = (peer: readonly number[]): Round[] =>
    ours.map((value, i) => ({ value, peer: peer[i] as number }))
  return [
    pairedRow('decisions', 'a second', 'cedar-wasm 4.13.0', beside(cedar)),
    pairedRow('decisions', 'a second', 'casbin 5.51.1', beside(other)),
  ]
}

/** Allowed and refused at different steps. */
const facts: readonly Facts[] = [
  served,
  withEntry({ catalogue: 1 }),
  withScope({ purposes: 0 }),
  withStatus('closedBySubject'),
  { ...served, slot: undefined },
]

type Question = Parameters<typeof cedarAllows>

/** Questions of random histories, as the model asks them. */
function questionsOf(): readonly Question[] {
  const questions: Question[] = []
  const third = (...question: Question): boolean => {
    questions.push(question)
    return cedarAllows(...question)
  }
  const { disagreement } = work({ seed: 1, from: 0, to: 64, first: 0, stride: 1 }, third)
  if (disagreement) throw new Error('the engines disagree')
  return questions
}

async function casbinOf(): ReturnType<typeof newEnforcer> {
  const model = newModelFromString(`
    [request_definition]
    r = sub, obj, act
    [policy_definition]
    p = sub, obj, act
    [policy_effect]
    e = some(where (p.eft == allow))
    [matchers]
    m = r.sub == p.sub && r.obj == p.obj && r.act == p.act`)
  const policy = Array.from({ length: 100 }, (_, i) => `p, bo, r${i}, value`).join('\n')
  return newEnforcer(model, new StringAdapter(policy))
}

function perSecond(count: number, decision: (at: number) => boolean): number {
  let allowed = 0
  const start = performance.now()
  for (let at = 0; at < count; at++) if (decision(at)) allowed += 1
  const seconds = (performance.now() - start) / 1_000
  if (allowed === 0) throw new Error('nothing was allowed')
  return count / seconds
}
