import type { Hex } from '@medrec/protocol'
import type { Session } from './model.ts'

/** What the portal says about itself. */
export type PortalConfig = {
  readonly demo: boolean
  readonly network: unknown
  readonly institutions: readonly { readonly name: string; readonly url: string }[]
}

export type DemoPerson = {
  readonly name: string
  readonly about: string
  readonly kind: 'patient' | 'family' | 'doctor' | 'researcher'
  readonly words: string
}

export type DemoStaff = {
  readonly institution: string
  readonly url: string
  readonly name: string
  readonly role: string
  readonly title?: string
  readonly login: string
  readonly password: string
}

export type DemoPeople = {
  readonly people: readonly DemoPerson[]
  readonly staff: readonly DemoStaff[]
}

/** How far opening or restoring is, in words for the screen. */
export type Progress = {
  readonly step: 'connecting' | 'following' | 'reading' | 'fetching' | 'ready'
  readonly done?: number | undefined
  readonly total?: number | undefined
}

/** Who is at this device, with what her words stand for; `id` says which of those that it keeps. */
export type Person = { readonly id: string; readonly name: string; readonly entropy: Uint8Array }

export type OpenOptions = Person & {
  readonly config: PortalConfig
  readonly onProgress: (progress: Progress) => void
  /** Ends the opening; what was read by then is kept for the next time. */
  readonly signal: AbortSignal
}

/** An institution of the network: its certified name, and the address that it published. */
export type Inviter = { readonly idTag: Hex; readonly name: string; readonly origin: string }

/** An invitation, and the institutions that it may be of. */
export type Invitation = { readonly code: string; readonly inviters: readonly Inviter[] }

/** The address that the app came from. */
export type Portal = {
  config(): Promise<PortalConfig>
  people(): Promise<DemoPeople>
}

/** The way into the network: what the app needs before a session is open. */
export type Entrance = {
  newWords(): string
  /** Throws an Error that says in plain words what is wrong with them. */
  entropyOf(words: string): Uint8Array
  wordsOf(entropy: Uint8Array): string
  /** A short name of the person on this device, from her words. */
  idOf(entropy: Uint8Array): string
  /** Whose invitation this may be, by the network's own list. Throws an Error in plain words; sends nothing. */
  readInvitation(options: Pick<OpenOptions, 'config'> & { text: string }): Promise<Invitation>
  register(
    options: Pick<OpenOptions, 'config' | 'entropy'> & { code: string; inviter: Inviter },
  ): Promise<void>
  /** Undefined when the network does not know these keys (yet). */
  open(options: OpenOptions): Promise<Session | undefined>
}
