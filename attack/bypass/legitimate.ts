import { canaries } from './Clinic.ts'
import type { Asker, Scene, Told } from './Scene.ts'

type Lawful = {
  readonly asker: 'ada' | 'doctor'
  readonly path: '/query' | '/index' | '/log'
  /** Of her labs, or of her visits. */
  readonly elements?: string
  readonly of?: 'labs' | 'visits'
  /** What stands in the answer. */
  readonly holds: readonly string[]
}

const lawful: readonly Lawful[] = [
  { asker: 'doctor', path: '/query', elements: 'value', holds: ['6.10'] },
  { asker: 'doctor', path: '/query', elements: 'date', holds: ['2024-03-01', '2024-06-01'] },
  { asker: 'doctor', path: '/query', elements: 'date,value', holds: ['2024-03-01', '6.10'] },
  { asker: 'doctor', path: '/index', holds: ['Test results'] },
  { asker: 'ada', path: '/query', elements: 'code', holds: [canaries.field] },
  { asker: 'ada', path: '/query', elements: 'id,value', holds: ['9007199254740993', '6.10'] },
  { asker: 'ada', path: '/query', elements: 'id,date,code,value,final', holds: ['true', '6.10'] },
  { asker: 'ada', path: '/query', of: 'visits', elements: 'reason', holds: [canaries.resource] },
  { asker: 'ada', path: '/index', holds: ['Test results', 'Visits'] },
  { asker: 'ada', path: '/log', holds: ['read'] },
]

/** Asks everything that is allowed, and counts what is answered in full. */
export async function legitimate(
  scene: Scene,
): Promise<{ readonly asked: number; readonly answered: number }> {
  let answered = 0
  for (const { asker, path, elements, of = 'labs', holds } of lawful) {
    const query = `${scene.gate.ada[of].slice(2)}?_elements=${elements}`
    const body = path === '/query' ? { query, purpose: asker === 'doctor' ? 1 : 0 } : {}
    const told = await scene.ask(scene[asker], body, { path })
    if (told.isAnswered && holds.every((text) => told.text.includes(text))) answered++
  }
  return { asked: lawful.length, answered }
}

/** What somebody was told that she may not know. */
export function leaked({ text }: Told, asker: Asker | undefined): readonly string[] {
  const { column, excluded, table } = canaries
  return (asker?.forbidden ?? [column, excluded, table]).filter((canary) => text.includes(canary))
}
