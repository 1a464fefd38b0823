import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Participant, Submission } from '@medrec/library'
import { type Account, type Hex, ledgerDomain, longestPromise, toHex } from '@medrec/protocol'
import {
  AccessTables,
  type NodeDatabase,
  PointerTables,
  providerSteps,
  WriteTables,
} from '@medrec/records/node'
import { Anchoring, type Rhythm } from './Anchoring.ts'
import type { Limits, ReadRows } from './adapter/messages.ts'
import { openAdapter, type Person } from './adapter/openAdapter.ts'
import { announceAll, hearAcknowledgements } from './announcing.ts'
import { type Core, exclusively, turnOf } from './Core.ts'
import {
  type Catalogue,
  type Definition,
  definitionOf,
  parseCatalogue,
  readDefinition,
} from './catalogue.ts'
import { checkAll, compareWithData } from './changes.ts'
import { type Enrolled, type EnrolOptions, enrol } from './enrol.ts'
import { PointerMap } from './map/PointerMap.ts'
import {
  listPatients,
  type PatientState,
  type PointerOverview,
  pointersOfPatient,
} from './patients.ts'
import { AccessLog, type LogContent } from './query/AccessLog.ts'
import type { ChainSource, GatekeeperEvent, Timer } from './query/Context.ts'
import { type HttpRequest, handlerOf } from './query/handle.ts'
import { type Rate, usualRate } from './query/RateLimit.ts'
import { RefusalLog } from './query/RefusalLog.ts'
import type { HttpResponse } from './query/respond.ts'
import { Seen } from './query/Seen.ts'
import { type StewardState, type Wishes, wishesOf } from './wishes.ts'
import {
  type ChangeOptions,
  resourceOf,
  type WriteOptions,
  WritePath,
  type Written,
} from './writePath.ts'

export type GatekeeperOptions = {
  /** The institution itself. */
  readonly participant: Participant
  readonly database: NodeDatabase
  readonly catalogue: unknown
  /** The institution's own SQLite database. */
  readonly databaseFile: string
  /** host:port that requests must be made for. */
  readonly authority: string
  /** Address in pointers; `http://<authority>` when absent. */
  readonly url?: string
  readonly anchorAccount: Account
  /** Unix seconds */
  readonly clock: () => number
  readonly rhythm?: Rhythm
  /** Origins whose pages may ask. */
  readonly origins?: readonly string[]
  /** Queries whose bounty anchors may name, in turn; the null bounty when empty. */
  readonly bounties?: readonly Hex[]
  readonly limits?: Limits
  /** Requests from one address. */
  readonly rate?: Rate
  readonly timer?: Timer
  /** Seconds between two looks at whether the data changed; 0: only when asked. */
  readonly watchSeconds?: number
}

/** An institution's Database Gatekeeper (paper III-C.3; DESIGN 6). */
export type Gatekeeper = {
  /** Answers POST /query, /index, /log and /revocations. */
  handle(request: HttpRequest): Promise<HttpResponse>
  enrol(options: EnrolOptions): Promise<Enrolled>
  add(options: WriteOptions): Promise<Written>
  correct(options: ChangeOptions): Promise<Written>
  retract(options: Omit<ChangeOptions, 'values'>): Promise<Written>
  /** Rows of a resource as staff sees them, with their record keys. */
  rows(options: {
    readonly localPatient: string
    readonly resource: string
  }): Promise<ReadRows & { readonly fields: Definition['fields'] }>
  search(options: {
    readonly name?: string
    readonly id?: string
    readonly nationalId?: string
  }): Promise<readonly Person[]>
  patients(): readonly PatientState[]
  patient(localPatient: string): readonly PointerOverview[]
  /** Shares under dual consent: those that wait for the institution, and those it answered to. */
  consents(): readonly ConsentRequest[]
  consent(grant: Hex): Promise<Submission>
  /** Says no to a share that waits: the patient reads why. Throws ShareUnknownError, ConsentNotWantedError. */
  declineConsent(grant: Hex, reason?: string): Promise<Submission>
  revokeConsent(grant: Hex): Promise<Submission>
  log(options: {
    readonly from: number
    readonly to: number
    readonly relationship?: Hex
  }): readonly LogEntry[]
  /** Looks for changes that nobody recorded, at once. */
  checkChanges(): Promise<void>
  on(listener: (event: GatekeeperEvent) => void): () => void
  status(): GatekeeperStatus
  readonly catalogue: Catalogue
  close(): Promise<void>
}

/** A share that stands under the dual-consent policy. */
export type ConsentRequest = StewardState['shares'][number]

/** An entry of the access log. */
export type LogEntry = LogContent & {
  readonly sequence: number
  readonly relationship: Hex | undefined
}

export type GatekeeperStatus = {
  readonly readingProcess: number | undefined
  readonly relationships: number
  readonly isAnchorWaiting: boolean
  readonly root: Hex
  readonly anchoredRoot: Hex | undefined
}

/** Statements and shares whose signature need not be verified again. */
const rememberedSignatures = 10_000
const largestLogPage = 10_000

/**
 * Opens a gatekeeper on an institution's database. Throws CatalogueError when an exclusion can be read or the
 * database does not fit the catalogue: then nothing is served.
 */
export async function openGatekeeper(options: GatekeeperOptions): Promise<Gatekeeper> {
  return openWith(options, wishesOf(options.participant), options.participant.chain)
}

async function openWith(
  options: GatekeeperOptions,
  wishes: Wishes,
  chain: ChainSource,
): Promise<Gatekeeper> {
  const { database, participant, rhythm = 'at-once' } = options
  const clock = (): number => Math.floor(options.clock())
  const catalogue = parseCatalogue(options.catalogue)
  database.migrate('provider', providerSteps)
  const definitions = allDefinitions(database, catalogue)
  const adapter = await openAdapter({
    databaseFile: options.databaseFile,
    catalogue,
    definitions: [...definitions.values()],
    ...(options.limits && { limits: options.limits }),
  })
  const listeners = new Set<(event: GatekeeperEvent) => void>()
  const log = new AccessLog(database)
  const domain = ledgerDomain(participant.network)
  const map = new PointerMap({
    database,
    domain,
    anchorAccount: options.anchorAccount,
    delay: delayOf(rhythm),
    clock,
    logHead: (relationship) => log.headOf(relationship),
  })
  let service: Service | undefined
  const core: Core = {
    network: participant.network,
    domain,
    // A node may start before it sees its own registration.
    get steward() {
      return wishes.me()
    },
    authority: options.authority,
    place: options.url ?? `http://${options.authority}`,
    anchorAccount: options.anchorAccount,
    chain,
    database,
    map,
    log,
    refusals: new RefusalLog(log),
    seen: new Seen(database),
    adapter,
    definitions,
    catalogue,
    wishes,
    verified: { known: new Set(), limit: rememberedSignatures },
    clock,
    timer: options.timer ?? realTimer,
    exclusive: exclusively(),
    emit: (event) => {
      for (const listener of listeners) listener(event)
    },
    recheck: async (pointer) => {
      const row = map.relationship(toHex(map.pointer(pointer)?.relationship ?? new Uint8Array(0)))
      if (row)
        await core.exclusive(
          turnOf(row.localPatient),
          async () => void (await compareWithData(core, pointer)),
        )
    },
    changed: () => service?.changed(),
  }
  service = new Service(core, options)
  return surface(core, { service, options, listeners })
}

/** What goes on by itself: announcing, anchoring, watching the data, hearing the subjects. */
class Service {
  readonly #core: Core
  readonly anchoring: Anchoring
  readonly writes: WritePath
  readonly #stop: () => void
  readonly #watch: NodeJS.Timeout | undefined
  #announcing: Promise<void> = Promise.resolve()
  #checking: Promise<void> = Promise.resolve()
  #dataVersion: number | undefined
  /** Writes that were under way when the node ended last. */
  readonly #interrupted: { readonly id: string }[]

  constructor(core: Core, options: GatekeeperOptions) {
    this.#core = core
    this.anchoring = new Anchoring(core, {
      rhythm: options.rhythm ?? 'at-once',
      queries: options.bounties ?? [],
    })
    this.writes = new WritePath(core, options.databaseFile)
    this.#interrupted = [...WriteTables.interrupted(core.database)]
    this.#stop = core.wishes.subscribe(() => this.#hear())
    this.#hear()
    this.anchoring.resume()
    const seconds = options.watchSeconds ?? 2
    if (seconds > 0) {
      this.#watch = setInterval(() => void this.check(), seconds * 1_000)
      this.#watch.unref()
    }
  }

  changed(): void {
    this.#announce()
    this.anchoring.trigger()
  }

  /** One look at a time; a look that is asked for during another comes after it. */
  check(): Promise<void> {
    this.#checking = this.#checking.then(async () => {
      try {
        this.#dataVersion = await checkAll(this.#core, this.#dataVersion)
        for (const { id } of this.#interrupted.splice(0)) WriteTables.lapse(this.#core.database, id)
        AccessTables.dropNonces(this.#core.database, this.#core.clock())
        await this.#core.refusals.flush(this.#core.clock())
      } catch (error) {
        this.#alarm('check', error)
      }
    })
    return this.#checking
  }

  async close(): Promise<void> {
    this.#stop()
    clearInterval(this.#watch)
    await this.anchoring.close()
    await this.#announcing
    await this.#checking
    await this.#core.refusals.close()
    this.writes.close()
    this.#core.adapter.close()
  }

  /** What the chain told: it tells all of it again with the next change. */
  #hear(): void {
    try {
      hearAcknowledgements(this.#core)
    } catch (error) {
      this.#alarm('acknowledge', error)
    }
    this.#announce()
  }

  #announce(): void {
    this.#announcing = this.#announcing.then(async () => {
      try {
        await announceAll(this.#core)
      } catch (error) {
        this.#alarm('announce', error)
      }
    })
  }

  /** What fails in the background is shown to the institution and tried again with the next change. */
  #alarm(what: string, error: unknown): void {
    const code = (error as { code?: unknown }).code ?? 'unknown'
    this.#core.emit({
      type: 'alarm',
      code: `${what}: ${String(code)}`,
      relationship: '0x',
      pointer: '0x',
    })
  }
}

function surface(
  core: Core,
  parts: {
    service: Service
    options: GatekeeperOptions
    listeners: Set<(event: GatekeeperEvent) => void>
  },
): Gatekeeper {
  const { service, options, listeners } = parts
  const { adapter, catalogue, wishes, map } = core
  return {
    catalogue,
    handle: handlerOf(core, {
      origins: options.origins ?? [],
      rate: options.rate ?? usualRate,
    }),
    enrol: (enrolment) => enrol(core, enrolment),
    add: (write) => service.writes.add(write),
    correct: (write) => service.writes.correct(write),
    retract: (write) => service.writes.retract(write),
    async rows({ localPatient, resource }) {
      const definition = definitionOf(catalogue, resourceOf(catalogue, resource))
      return { ...(await adapter.rows(definition, localPatient)), fields: definition.fields }
    },
    search({ name, id, nationalId }) {
      if (id !== undefined) return adapter.people('byId', id)
      if (nationalId !== undefined) return adapter.people('byNationalId', nationalId)
      return name === undefined ? adapter.people('list') : adapter.people('byName', name)
    },
    patients: () => listPatients(core),
    patient: (localPatient) => pointersOfPatient(core, localPatient),
    consents: () =>
      wishes
        .relationships()
        .filter(({ policy }) => policy === 'dualConsent')
        .flatMap(({ shares }) => shares),
    consent: (grant) => wishes.consent(grant),
    declineConsent: (grant, reason) => wishes.declineConsent(grant, reason),
    revokeConsent: (grant) => wishes.revokeConsent(grant),
    log: (span) => logOf(core, span),
    checkChanges: () => service.check(),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    status: () => ({
      readingProcess: adapter.processId(),
      relationships: [...map.relationships()].length,
      isAnchorWaiting: service.anchoring.isWaiting(),
      root: toHex(map.root()),
      anchoredRoot: core.chain.view().anchor(core.steward)?.root,
    }),
    close: () => service.close(),
  }
}

function logOf(core: Core, span: Parameters<Gatekeeper['log']>[0]): readonly LogEntry[] {
  const { from, to, relationship } = span
  return AccessTables.entriesBetween(core.database, { from, to, limit: largestLogPage })
    .map(({ sequence, text, relationship: of }) => ({
      ...(JSON.parse(text) as LogContent),
      sequence,
      relationship: of ? toHex(of) : undefined,
    }))
    .filter((entry) => relationship === undefined || entry.relationship === relationship)
}

/** The catalogue's definitions, and those that pointers made before still name. */
function allDefinitions(
  database: NodeDatabase,
  catalogue: Catalogue,
): ReadonlyMap<string, Definition> {
  const kept = PointerTables.definitions(database).map(({ json }) => readDefinition(json))
  const present = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
  return new Map([...kept, ...present].map((definition) => [definition.digest, definition]))
}

/** Longest delay from a write to its anchor that we promise: ample for the rhythm, in seconds. */
function delayOf(rhythm: Rhythm): number {
  return Math.min(longestPromise, rhythm === 'at-once' ? 300 : 2 * rhythm.periodSeconds + 300)
}

const realTimer: Timer = {
  now: () => performance.now(),
  until: async (milliseconds) => {
    const rest = milliseconds - performance.now()
    if (rest > 0) await sleep(rest)
  },
}
