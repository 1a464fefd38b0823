import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  hasMariadb,
  hasPostgres,
} from '../../packages/gatekeeper/src/adapter/servers.test-support.ts'
import { hasFhirServer } from '../../scenarios/fhirServer/fhirServer.ts'
import { attack } from './attack.ts'
import { CorpusError, type Payload, readCorpus } from './corpus.ts'
import { openFhirClinic } from './fhir.ts'
import { openMariadbClinic } from './mariadb.ts'
import { openPostgresClinic } from './postgres.ts'
import { openScene } from './Scene.ts'
import { openSqliteClinic } from './sqlite.ts'

const ours = fileURLToPath(new URL('corpus.jsonl', import.meta.url))
const engines = {
  sqlite: openSqliteClinic,
  postgres: openPostgresClinic,
  mariadb: openMariadbClinic,
  fhir: openFhirClinic,
}
const isHere = { sqlite: true, postgres: hasPostgres, mariadb: hasMariadb, fhir: hasFhirServer }

/**
 * Takes every payload of a corpus to every door of a gatekeeper on every engine there is, and prints what got
 * through; false on any breach, or when a lawful request was not answered.
 */
export async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      corpus: { type: 'string', default: ours },
      engine: { type: 'string', multiple: true },
      only: { type: 'string', default: '' },
      'whole-fhir': { type: 'boolean', default: false },
    },
  })
  const payloads = corpusOf(values.corpus, values.only)
  if (!payloads) return false
  let [attempts, breaches, asked, answered] = [0, 0, 0, 0]
  const all = Object.keys(engines) as (keyof typeof engines)[]
  const names = all.filter((name) => values.engine?.includes(name) ?? isHere[name])
  for (const name of all.filter((one) => !isHere[one])) say(`${name} is not installed here`)
  for (const name of names) {
    const chosen = name === 'fhir' && !values['whole-fhir'] ? someOf(payloads) : payloads
    if (chosen.length < payloads.length)
      say(`${name}: ${chosen.length} of the payloads (all of them with --whole-fhir)`)
    const result = await attackOn(name, chosen)
    for (const breach of result.breaches) say(`BREACH ${breach}`)
    attempts += result.attempts
    breaches += result.breaches.length
    asked += result.asked
    answered += result.answered
  }
  say(`${payloads.length} payloads, ${attempts} attempts on ${names.join(', ')}`)
  say(`${breaches} breaches, ${answered} of ${asked} legitimate queries answered`)
  return breaches === 0 && answered === asked
}

/** A FHIR server takes ten times as long: what is written for one, and one in 24 of the rest. */
function someOf(payloads: readonly Payload[]): readonly Payload[] {
  return payloads.filter(({ id }, i) => id.startsWith('fhir-') || i % 24 === 0)
}

function corpusOf(path: string, only: string): readonly Payload[] | undefined {
  try {
    return readCorpus(path).filter(({ id }) => id.startsWith(only))
  } catch (error) {
    const reason = error instanceof CorpusError ? error.message : `${path} cannot be read.`
    process.stderr.write(`${reason}\n`)
    return undefined
  }
}

async function attackOn(
  name: keyof typeof engines,
  payloads: readonly Payload[],
): ReturnType<typeof attack> {
  const clinic = await engines[name]()
  try {
    const scene = await openScene(clinic)
    try {
      return await attack(scene, payloads)
    } finally {
      await scene.close()
    }
  } finally {
    await clinic.close()
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
