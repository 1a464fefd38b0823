import type { Participant, Submission } from '@medrec/library'
import { type Account, type Hex, ledgerDomain, longestPromise, toHex } from '@medrec/protocol'
import { holdAlone, type NodeDatabase, PartTables, providerSteps } from '@medrec/records/node'
import type { Rhythm } from './Anchoring.ts'
import { type Person, usualLimits } from './adapter/Adapter.ts'
import type { Limits, ReadRows } from './adapter/messages.ts'
import type { Source } from './adapter/source.ts'
import { BackgroundWork } from './BackgroundWork.ts'
import { type Core, exclusively, type Staff, turnOf } from './Core.ts'
import { type Catalogue, type Definition, definitionOf, parseCatalogue } from './catalogue.ts'
import { compareWithData } from './changes.ts'
import { emergencyParts } from './emergencies.ts'
import { type EmergencyOversight, overseen } from './emergencyOversight.ts'
import { type Enrolled, type EnrolOptions, enrol } from './enrol.ts'
import { type ExplainOptions, type Explanation, explain } from './explain.ts'
import { type GatekeeperStatus, statusOf } from './GatekeeperStatus.ts'
import { entriesIn, entryOf, exportLog, type LogEntry } from './logEntries.ts'
import { PointerMap } from './map/PointerMap.ts'
import { resolveCatalogue } from './mappings/resolveCatalogue.ts'
import { notePreview, type PreviewNote } from './notePreview.ts'
import { keptDefinitions, openRecords } from './openRecords.ts'
import { freshening } from './parts/freshening.ts'
import {
  listPatients,
  type PatientState,
  type PointerOverview,
  pointersOfPatient,
} from './patients.ts'
import { type BrokenLog, type ProvableLog, provableLog } from './provableLog.ts'
import { AccessLog } from './query/AccessLog.ts'
import type { ChainSource } from './query/ChainSource.ts'
import type { GatekeeperEvent, Timer } from './query/Context.ts'
import { isConfirmed } from './query/contractAccount.ts'
import { type HttpRequest, handlerOf } from './query/handle.ts'
import { type Capacity, usualCapacity } from './query/InFlight.ts'
import { type Rate, usualIdentityRate, usualRate } from './query/RateLimit.ts'
import { RefusalLog } from './query/RefusalLog.ts'
import type { HttpResponse } from './query/respond.ts'
import { Seen } from './query/Seen.ts'
import { type Every, realTimer } from './realTimer.ts'
import { type ChangeOptions, resourceOf, type WriteOptions, type Written } from './WritePath.ts'
import { type StewardState, type Wishes, wishesOf } from './wishes.ts'

export type GatekeeperOptions = {
  /** The institution itself. */
  readonly participant: Participant
  readonly database: NodeDatabase
  readonly catalogue: unknown
  /** Where the institution's records are, with an account that may read them and no more. */
  readonly source: Source
  /** The same with an account that writes; without it nothing is written, but to a SQLite file. */
  readonly writeSource?: Source
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
  /** Requests of one identity, from wherever; as `rate` when that alone is given. */
  readonly identityRate?: Rate
  /** Requests worked on at once. */
  readonly capacity?: Capacity
  readonly timer?: Timer
  /** Seconds between two looks at whether the data changed; 0: only when asked. */
  readonly watchSeconds?: number
  /** Calls back again and again until cancelled, for anchors and looks; by the system's timers when absent. */
  readonly every?: Every
}

/** An institution's Database Gatekeeper (paper III-C.3; docs/protocol.md 8). */
export type Gatekeeper = EmergencyOversight & {
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
  /** All entries of a time span, one by one; that they were exported is kept in the log. Throws LogUnavailableError. */
  exportLog(options: {
    readonly from: number
    readonly to: number
    readonly by: Staff
  }): Promise<Iterable<LogEntry>>
  /**
   * The log of a time span with what proves it to anybody, or what did not come of one that broke off; noted in the log.
   * Throws LogUnavailableError, LogUnanchoredError, LogExportChangedError.
   */
  provableLog(options: {
    readonly from: number
    readonly to: number
    readonly by: Staff
    readonly broken?: BrokenLog
  }): Promise<ProvableLog>
  /** One entry of the access log. */
  logEntry(sequence: number): LogEntry | undefined
  /** What would be decided about a request, and why; reads no data, and is logged as an administrative act. */
  explain(options: ExplainOptions): Promise<Explanation>
  /** Looks for changes that nobody recorded, at once. */
  checkChanges(): Promise<void>
  on(listener: (event: GatekeeperEvent) => void): () => void
  status(): GatekeeperStatus
  readonly catalogue: Catalogue
  /** What pointers made until now ask the database: any later catalogue and database must answer it too. */
  keptDefinitions(): readonly Definition[]
  /** Notes in the log that somebody sees these patients' records for a trial of the set-up. Throws LogUnavailableError. */
  notePreview(options: PreviewNote): Promise<void>
  close(): Promise<void>
}

/** A share that stands under the dual-consent policy. */
export type ConsentRequest = StewardState['shares'][number]

/** Statements and shares whose signature need not be verified again. */
const rememberedSignatures = 10_000

/**
 * Opens a gatekeeper on an institution's database. Throws CatalogueError when an exclusion can be read or the
 * database does not fit the catalogue, DatabaseInUseError beside another gatekeeper: then nothing is served.
 */
export async function openGatekeeper(options: GatekeeperOptions): Promise<Gatekeeper> {
  const release = holdAlone(options.database.path)
  try {
    const { participant } = options
    const gatekeeper = await openWith(options, wishesOf(participant), participant.chain)
    const close = (): Promise<void> => gatekeeper.close().finally(release)
    return { ...gatekeeper, close }
  } catch (error) {
    release()
    throw error
  }
}

async function openWith(
  options: GatekeeperOptions,
  wishes: Wishes,
  chain: ChainSource,
): Promise<Gatekeeper> {
  const { database, participant, rhythm = 'at-once', timer = realTimer } = options
  const clock = (): number => Math.floor(options.clock())
  const catalogue = parseCatalogue(resolveCatalogue(options.catalogue, options.source.engine))
  database.migrate('provider', providerSteps)
  PartTables.dropForeignParts(database)
  const { definitions, adapter, writer, role } = await openRecords(options, catalogue)
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
  let service: BackgroundWork | undefined
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
    limits: options.limits ?? usualLimits,
    wishes,
    verified: { known: new Set(), limit: rememberedSignatures },
    ...emergencyParts(database, wishes),
    confirms: (question) => isConfirmed(wishes, question, chain, participant.network),
    clock,
    timer,
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
    looks: freshening(
      adapter,
      () => timer.now() / 1_000,
      (pointer) => core.recheck(pointer),
    ),
    changed: () => service?.changed(),
  }
  service = new BackgroundWork(core, options, writer)
  return surface(core, { service, options, listeners, role })
}

function surface(
  core: Core,
  parts: {
    service: BackgroundWork
    options: GatekeeperOptions
    listeners: Set<(event: GatekeeperEvent) => void>
    role: readonly string[]
  },
): Gatekeeper {
  const { service, options, listeners, role } = parts
  const { adapter, catalogue, wishes } = core
  return {
    catalogue,
    keptDefinitions: () => keptDefinitions(core.database),
    ...overseen(core),
    handle: handlerOf(core, {
      origins: options.origins ?? [],
      rate: options.rate ?? usualRate,
      identityRate: options.identityRate ?? options.rate ?? usualIdentityRate,
      capacity: options.capacity ?? usualCapacity,
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
    log: (span) => entriesIn(core, span),
    exportLog: (span) => exportLog(core, span),
    provableLog: (span) => {
      const { anchoring } = service
      const commit = options.rhythm === undefined || options.rhythm === 'at-once'
      return provableLog(core, {
        ...span,
        commit: commit ? () => anchoring.commit() : undefined,
      })
    },
    logEntry: (sequence) => entryOf(core, sequence),
    notePreview: (previewed) => notePreview(core, previewed),
    explain: (asked) => explain(core, asked),
    checkChanges: () => service.check(),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    status: () =>
      statusOf(core, {
        ...{ role, probedAt: service.openedAt, lookedAt: service.lookedAt },
        isAnchorWaiting: service.anchoring.isWaiting(),
      }),
    close: () => service.close(),
  }
}

/** Longest delay from a write to its anchor that we promise: ample for the rhythm, in seconds. */
function delayOf(rhythm: Rhythm): number {
  return Math.min(longestPromise, rhythm === 'at-once' ? 300 : 2 * rhythm.periodSeconds + 300)
}
