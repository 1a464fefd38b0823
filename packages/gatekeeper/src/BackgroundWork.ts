import type { Participant } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { AccessTables, WriteTables } from '@medrec/records/node'
import { Anchoring, type Rhythm } from './Anchoring.ts'
import type { Writer } from './adapter/Writer.ts'
import { announceAll, hearAcknowledgements } from './announcing.ts'
import type { Core } from './Core.ts'
import { checkAll } from './changes.ts'
import { hearEmergencyWords } from './emergencies.ts'
import { PendingEndings } from './PendingEndings.ts'
import { type Every, everyReal } from './realTimer.ts'
import { WritePath } from './WritePath.ts'

type Options = {
  readonly rhythm?: Rhythm
  readonly bounties?: readonly Hex[]
  readonly watchSeconds?: number
  readonly every?: Every
  readonly participant: Pick<Participant, 'chain'>
}

/** What goes on by itself: announcing, anchoring, watching the data, hearing the subjects. */
export class BackgroundWork {
  readonly #core: Core
  readonly anchoring: Anchoring
  readonly writes: WritePath
  readonly #stop: () => void
  readonly #pending: PendingEndings
  readonly #endWatch: (() => void) | undefined
  #announcing: Promise<void> = Promise.resolve()
  #checking: Promise<void> = Promise.resolve()
  #dataVersion: string | undefined
  #restUntil = 0
  /** Unix seconds: when the records were opened and probed, and of the last look that went through. */
  readonly openedAt: number
  #lookedAt: number | undefined
  /** Writes that were under way when the node ended last. */
  readonly #interrupted: { readonly id: string }[]

  constructor(core: Core, options: Options, writer: Writer | undefined) {
    this.#core = core
    this.openedAt = core.clock()
    const { watchSeconds = 2, every = everyReal } = options
    this.anchoring = new Anchoring(core, {
      rhythm: options.rhythm ?? 'at-once',
      queries: options.bounties ?? [],
      every,
    })
    this.writes = new WritePath(core, writer)
    this.#interrupted = [...WriteTables.interrupted(core.database)]
    this.#stop = core.wishes.subscribe(() => this.#hear())
    this.#pending = new PendingEndings(core, options.participant.chain)
    this.#hear()
    this.anchoring.resume()
    if (watchSeconds > 0) this.#endWatch = every(watchSeconds, () => void this.#look())
  }

  get lookedAt(): number | undefined {
    return this.#lookedAt
  }

  changed(): void {
    this.#announce()
    this.anchoring.trigger()
  }

  /** A look takes a tenth of the time at most, since a database that cannot tell is read whole each time. */
  async #look(): Promise<void> {
    const begun = performance.now()
    if (begun < this.#restUntil) return
    this.#restUntil = Number.POSITIVE_INFINITY
    await this.check()
    const ended = performance.now()
    this.#restUntil = ended + 9 * (ended - begun)
  }

  /** One look at a time; a look that is asked for during another comes after it. */
  check(): Promise<void> {
    this.#checking = this.#checking.then(async () => {
      try {
        this.#dataVersion = await checkAll(this.#core, this.#dataVersion)
        this.#lookedAt = this.#core.clock()
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
    this.#endWatch?.()
    await this.#pending.close()
    await this.anchoring.close()
    await this.#announcing
    await this.#checking
    await this.#core.refusals.close()
    await this.writes.close()
    await this.#core.adapter.close()
  }

  /** What the chain told: it tells all of it again with the next change. */
  #hear(): void {
    try {
      hearAcknowledgements(this.#core)
      hearEmergencyWords(this.#core)
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
