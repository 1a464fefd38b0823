import type { Gatekeeper } from '@medrec/gatekeeper'
import type { Hex } from '@medrec/protocol'
import type { Asker, Attempt, Scene, Told } from './Scene.ts'
import { physician } from './Scene.ts'

/** What a payload did at one door. */
export type Outcome = {
  readonly door: string
  readonly told: Told
  readonly asker: Asker | undefined
  /** Whether it may be answered: then it asks for what is hers. */
  readonly isLawful: boolean
}

type Door = {
  readonly name: string
  /** Requests that carry the payload. */
  readonly requests: (scene: Scene, payload: string, asker: Asker) => readonly Request[]
}
type Request = {
  readonly body: Readonly<Record<string, unknown>>
  readonly attempt?: Attempt
  readonly isLawful?: boolean
}

const fieldsOf = (isViewer: boolean): readonly string[] =>
  isViewer ? ['date', 'value'] : ['id', 'date', 'code', 'value', 'final']
const purpose = 1
const zeros = '0'.repeat(64)

const doors: readonly Door[] = [
  {
    name: 'query string',
    requests: ({ gate }, payload) => [
      { body: { query: payload, purpose } },
      { body: { query: `${idOf(gate.ada.labs)}?${payload}`, purpose } },
      { body: { query: `${good(gate.ada.labs)}${payload}`, purpose }, isLawful: payload === '' },
      { body: { query: `${good(gate.ada.labs)}&${payload}`, purpose } },
    ],
  },
  {
    name: 'pointer name',
    requests: ({ gate }, payload) => [
      { body: { query: `${payload}?_elements=value`, purpose } },
      {
        body: { query: `${idOf(gate.ada.labs)}${payload}?_elements=value`, purpose },
        isLawful: payload === '',
      },
      { body: { query: good(gate.bo.labs), purpose, relationship: payload } },
    ],
  },
  {
    name: 'field names',
    requests: ({ gate }, payload, { isViewer }) => [
      {
        body: { query: `${idOf(gate.ada.labs)}?_elements=${payload}`, purpose },
        isLawful: isAmong(payload.split(','), fieldsOf(isViewer)),
      },
      {
        body: { query: `${good(gate.ada.labs)},${payload}`, purpose },
        isLawful: isAmong(['value', ...payload.split(',')], fieldsOf(isViewer)),
      },
    ],
  },
  {
    name: 'members of the body',
    requests: ({ gate }, payload) => {
      const query = good(gate.ada.labs)
      return ['purpose', 'version', 'reply', 'share', 'statement', 'relationship'].map(
        (member) => ({
          body: { query, purpose, [member]: payload },
        }),
      )
    },
  },
  {
    name: 'members of share and statement',
    requests: ({ gate, doctor }, payload) => {
      const query = good(gate.ada.labs)
      const { share } = doctor.common() as { share: { scope: { entries: readonly object[] } } }
      const { scope } = share
      const [entry] = scope.entries
      const shares = [
        { ...share, grant: payload },
        { ...share, signature: payload },
        { ...share, consent: { slot: payload, signature: payload } },
        { ...share, scope: { ...scope, viewer: payload } },
        { ...share, scope: { ...scope, purposes: payload } },
        { ...share, scope: { ...scope, entries: [{ ...entry, pointer: payload }] } },
        { ...share, scope: { ...scope, entries: [{ ...entry, mask: payload }] } },
        { ...share, scope: { ...scope, entries: [{ ...entry, mask: `0x${payload}` }] } },
      ]
      return shares.map((changed) => ({ body: { query, purpose, share: changed } }))
    },
  },
  {
    name: 'headers',
    requests: ({ gate }, payload) => {
      const body = { query: good(gate.ada.labs), purpose }
      const names = ['content-digest', 'signature-input', 'signature', 'content-type']
      const signed = names.map((name) => ({ body, attempt: { headers: { [name]: payload } } }))
      const free = ['host', 'origin', 'x-forwarded-for', 'x-http-method-override', 'prefer']
      const others = free.map((name) => ({
        ...{ body, attempt: { headers: { [name]: payload } }, isLawful: true },
      }))
      const input = { 'signature-input': `eth=("@authority");keyid="${payload}"` }
      return [...signed, ...others, { body, attempt: { headers: input } }]
    },
  },
  {
    name: 'path',
    requests: ({ gate }, payload) => {
      const body = { query: good(gate.ada.labs), purpose }
      const paths = [
        `/query?${payload}`,
        `/${payload}`,
        payload,
        `/query/${payload}`,
        `/index#${payload}`,
      ]
      return paths.map((sentTo) => ({ body, attempt: { sentTo } }))
    },
  },
  {
    name: 'bytes of the body',
    requests: (_, payload) => [
      { body: {}, attempt: { raw: new Uint8Array(Buffer.from(payload)) } },
      { body: {}, attempt: { raw: new Uint8Array(Buffer.from(JSON.stringify(payload))) } },
      { body: {}, attempt: { raw: new Uint8Array(Buffer.from(payload, 'utf16le')) } },
      { body: {}, attempt: { raw: new Uint8Array(Buffer.from(`{"query":"${payload}"}`)) } },
    ],
  },
  {
    name: 'index and log',
    requests: (_, payload) => [
      { body: { since: payload }, attempt: { path: '/index' } },
      {
        body: { since: `0x${zeros}${payload}` },
        attempt: { path: '/index' },
        isLawful: payload === '',
      },
      { body: { from: payload }, attempt: { path: '/log' } },
    ],
  },
  {
    name: 'revocations',
    requests: ({ doctor }, payload) => [
      { body: { record: payload, share: payload }, attempt: { path: '/revocations' } },
      {
        body: { record: payload, share: doctor.common()['share'] },
        attempt: { path: '/revocations' },
      },
      {
        body: { record: Buffer.from(payload).toString('base64url') },
        attempt: { path: '/revocations' },
      },
    ],
  },
]

/** Takes a payload to every door of the network, as the viewer and as the patient. */
export async function* knock(scene: Scene, payload: string): AsyncGenerator<Outcome> {
  for (const { name, requests } of doors)
    for (const asker of [scene.doctor, scene.ada])
      for (const { body, attempt, isLawful = false } of requests(scene, payload, asker)) {
        const told = await tried(() => scene.ask(asker, body, attempt))
        yield { door: `${name} (${asker.isViewer ? 'viewer' : 'patient'})`, told, asker, isLawful }
      }
  yield* staffDoors(scene, payload)
}

/** The physician's form and the searches of the staff: whatever is typed in stays a value. */
async function* staffDoors(scene: Scene, payload: string): AsyncGenerator<Outcome> {
  const { visit } = scene
  const gatekeeper = scene.gatekeeper()
  const change = { localPatient: 'P1', resource: 'visits', key: visit, reason: 'r', by: physician }
  const values = { reason: payload }
  const forms: readonly (() => Promise<unknown>)[] = [
    () => gatekeeper.correct({ ...change, values, localPatient: `P2${payload}` }),
    () => gatekeeper.correct({ ...change, values, key: `${payload}9` }),
    () => gatekeeper.correct({ ...change, values, resource: payload }),
    () => gatekeeper.correct({ ...change, values: { [payload]: 'x' } }),
    () => gatekeeper.correct({ ...change, values: { day: payload } }),
    () => gatekeeper.rows({ localPatient: 'P1', resource: payload }),
    () => gatekeeper.search({ name: payload }),
    () => gatekeeper.search({ id: `P1${payload}` }),
    () => gatekeeper.search({ nationalId: payload }),
  ]
  yield await asTyped(scene, change, payload)
  for (const form of forms) {
    const told = await tried(async () => {
      const made = await form()
      return { status: 200, text: JSON.stringify(made) ?? '', isAnswered: true }
    })
    // Staff may see every patient's rows; no other tables, columns or excluded notes.
    yield { door: 'form and search of the staff', told, asker: undefined, isLawful: true }
  }
}

/** What a physician writes stands in the database as she typed it, or nothing is written. */
async function asTyped(
  scene: Scene,
  change: Omit<Parameters<Gatekeeper['correct']>[0], 'values'>,
  payload: string,
): Promise<Outcome> {
  const gatekeeper = scene.gatekeeper()
  const told = await tried(async () => {
    const written = await gatekeeper.correct({ ...change, values: { reason: payload } })
    const { rows } = await gatekeeper.rows({ localPatient: 'P1', resource: 'visits' })
    const row = rows.find(([id]) => id === written.key)
    return { status: 200, text: '', isAnswered: row?.[2] !== payload }
  })
  return { door: 'form: stands otherwise than typed', told, asker: undefined, isLawful: false }
}

async function tried(attempt: () => Promise<Told>): Promise<Told> {
  try {
    return await attempt()
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    const text = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : ''
    // An error of ours is a refusal; anything else is a crash in waiting.
    return { status: typeof code === 'string' ? 400 : 500, text, isAnswered: false }
  }
}

function good(pointer: Hex): string {
  return `${idOf(pointer)}?_elements=value`
}

function idOf(pointer: Hex): string {
  return pointer.slice(2)
}

/** Whether these are some of the fields that she may ask for, each once. */
function isAmong(wanted: readonly string[], allowed: readonly string[]): boolean {
  return wanted.every((name, i) => allowed.includes(name) && wanted.indexOf(name) === i)
}
