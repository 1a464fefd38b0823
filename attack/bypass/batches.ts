import { type Catalogue, CatalogueError, parseCatalogue } from '@medrec/gatekeeper'
import { openAdapter } from '../../packages/gatekeeper/src/adapter/openAdapter.ts'
import { definitionOf } from '../../packages/gatekeeper/src/catalogue.ts'
import { type Clinic, canaries, type Place, type Resource } from './Clinic.ts'
import type { Payload } from './corpus.ts'
import type { Scene } from './Scene.ts'

/** What many payloads did at once. */
export type Batch = { readonly attempts: number; readonly breaches: readonly string[] }

/**
 * Payloads that stand in the database already, as values, as patients' names and as patients' ids: they come out as
 * what they are, to whom they belong, and turn no statement into another one.
 */
export async function dataInTheDatabase(
  scene: Scene,
  payloads: readonly Payload[],
): Promise<Batch> {
  const { clinic, gate } = scene
  const gatekeeper = scene.gatekeeper()
  const held = payloads.filter(({ payload }) => clinic.canHold(payload))
  await clinic.hold(held.map(({ payload }) => payload))
  await gatekeeper.checkChanges()
  const breaches: string[] = []
  const query = `${gate.ada.visits.slice(2)}?_elements=id,reason`
  const told = await scene.ask(scene.ada, { query, purpose: 0 })
  for (const [i, { id, payload }] of held.entries()) {
    // A leaf is JSON in the answer's JSON.
    if (!told.text.includes(JSON.stringify(JSON.stringify(payload)).slice(1, -1)))
      breaches.push(`${clinic.engine} ${id}: data in the database: not as it stands`)
    const { rows } = await gatekeeper.rows({
      localPatient: clinic.patientOf(payload, i),
      resource: 'visits',
    })
    if (rows.length !== 1 || rows[0]?.[2] !== payload)
      breaches.push(`${clinic.engine} ${id}: data in the database: another patient's rows`)
  }
  for (const canary of scene.ada.forbidden)
    if (told.text.includes(canary)) breaches.push(`${clinic.engine}: data: told ${canary}`)
  await clinic.drop()
  await gatekeeper.checkChanges()
  return { attempts: held.length * 3, breaches }
}

/** Where a mapping file holds text that reaches the database, or names that do not. */
const places: readonly Place[] = [
  (payload) => ({ query: payload }),
  (payload) => ({ ownerColumn: payload }),
  (payload) => ({ recordKey: [payload] }),
  (payload) => ({ name: payload }),
  (payload) => ({ category: payload }),
  (payload) => ({ fields: [{ bit: 0, name: payload, type: 'text', label: 'Value' }] }),
  (payload) => ({ fields: [{ bit: 0, name: 'value', type: payload, label: 'Value' }] }),
]

/** One in so many mapping files is opened alone, which takes a process or a connection each time. */
const openedAlone = 200

/**
 * Payloads in the catalogue or in a mapping file that an institution took from somebody: such a file is refused, or
 * what it reads is nothing that is excluded, and nothing is written.
 */
export async function mappingFiles(clinic: Clinic, payloads: readonly Payload[]): Promise<Batch> {
  const breaches: string[] = []
  const breach = (what: string): void =>
    void breaches.push(`${clinic.engine} mapping files: ${what}`)
  const state = await clinic.state('0')
  const [labs] = clinic.catalogue.resources as readonly [Resource]
  const files = payloads.flatMap(({ id, payload }) =>
    [...places, ...clinic.places].map((place) => ({
      id,
      changed: parsed(clinic, { ...labs, ...place(payload, labs) }),
    })),
  )
  const alone = files.filter((_, i) => i % openedAlone === 0)
  for (const { id, changed } of alone) {
    const told = changed ? await readBy([changed], clinic) : 'refused'
    if (changed && clinic.refuses?.(changed) === true && told !== 'refused')
      breach(`${id} is not refused`)
    if (told.includes(canaries.excluded)) breach(`${id} is told what is excluded`)
  }
  const together = files.flatMap(({ changed }) =>
    changed && clinic.refuses?.(changed) === false ? [[changed.query, changed] as const] : [],
  )
  // Each under its own name: a catalogue has no name twice.
  const resources = [...new Map(together).values()].map((one, i) => ({ ...one, name: `r${i}` }))
  for (const what of await wrongTogether(clinic, resources)) breach(what)
  if (!(await guardsTables(clinic, payloads, labs))) breach('unknown tables are excluded')
  if ((await clinic.state('0')) !== state) breach('something was changed')
  return { attempts: files.length + payloads.length, breaches }
}

async function wrongTogether(
  clinic: Clinic,
  resources: readonly Resource[],
): Promise<readonly string[]> {
  if (resources.length === 0) return []
  const told = await readBy(resources, clinic)
  // A FHIR server need not know each search that may be asked.
  if (told === 'refused' && clinic.knowsTables) return ['what runs alone is refused together']
  return told.includes(canaries.excluded) ? ['one is told what is excluded'] : []
}

/** Whether exclusions of tables that are not there keep the gatekeeper shut, where tables are known. */
async function guardsTables(
  clinic: Clinic,
  payloads: readonly Payload[],
  labs: Resource,
): Promise<boolean> {
  const exclusions = payloads.map(({ payload }) => ({ table: payload, reason: 'x' }))
  return !clinic.knowsTables || (await readBy([labs], clinic, exclusions)) === 'refused'
}

function parsed({ catalogue }: Clinic, resource: object): Resource | undefined {
  try {
    return parseCatalogue({ ...catalogue, resources: [resource] }).resources[0]
  } catch (error) {
    if (error instanceof CatalogueError) return undefined
    throw error
  }
}

/** All that resources read of two patients, or that nothing is served: whatever the database said of them. */
async function readBy(
  resources: readonly Resource[],
  clinic: Clinic,
  exclusions: Catalogue['exclusions'] = clinic.catalogue.exclusions,
): Promise<string> {
  const changed = { ...clinic.catalogue, resources, exclusions }
  const definitions = resources.map((resource) => definitionOf(changed, resource))
  const limits = { rows: 5_000, bytes: 2_097_152, milliseconds: clinic.milliseconds ?? 1_000 }
  const { source } = clinic.source
  const opening = openAdapter({ source, catalogue: changed, definitions, limits })
  const adapter = await opening.catch(() => undefined)
  if (!adapter) return 'refused'
  try {
    let told = ''
    for (const definition of definitions)
      for (const owner of ['P1', 'p1'])
        told += JSON.stringify(await adapter.rows(definition, owner).catch(String))
    return told
  } finally {
    await adapter.close()
  }
}
