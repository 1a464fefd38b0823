import type { Parts, Query, Reading } from '@medrec/library'
import type { FieldType, Hex } from '@medrec/protocol'

/** Somebody the person deals with. */
export type Who = {
  readonly idTag: Hex
  readonly name: string
  readonly kind: 'institution' | 'person'
  readonly relation?: string | undefined
}

export type FieldInfo = {
  readonly bit: number
  readonly name: string
  readonly label: string
  readonly type: FieldType
}

export type Row = readonly (string | null)[]

/** One version of one kind of record at one institution, proven against the chain. */
export type Table = {
  readonly version: number
  /** Unix seconds */
  readonly time: number
  /** 1 written by staff, 2 by a feed, 3 nobody said why, 4 restored */
  readonly origin: number
  readonly reason?: string | undefined
  readonly fields: readonly FieldInfo[]
  readonly rows: readonly Row[]
  /** How far it was read, where these rows are the beginning of a record that comes in parts. */
  readonly read?: Parts.Progress | undefined
  /** `anchored`: proven on the chain; `promised`: signed, on the chain shortly */
  readonly proof: 'anchored' | 'promised'
  readonly block?: number | undefined
}

export type Verdict = {
  readonly kind: 'seen' | 'wrong'
  readonly version: number
  readonly reason?: string | undefined
}

/** By what right a record is read, and for what purpose (docs/protocol.md section 3). */
export type Right = { readonly source: Query.Source; readonly purpose: number }

/** One kind of record at one institution, such as "Lab results at the hospital". */
export type RecordSet = {
  readonly id: Hex
  readonly relationship: Hex
  readonly institution: Who
  readonly resource: string
  readonly label: string
  readonly category: number
  readonly right: Right
  /** The newest version that was looked at and proven. */
  readonly current?: Table | undefined
  /** The version before, while a change waits for an answer. */
  readonly former?: Table | undefined
  /** Why the version before cannot be shown. */
  readonly formerMissing?: string | undefined
  readonly state: 'loading' | 'current' | 'changed' | 'unexplained' | 'unreachable'
  readonly trouble?: string | undefined
  readonly verdict?: Verdict | undefined
}

export type Relationship = {
  readonly id: Hex
  readonly institution: Who
  readonly url: string
  readonly status: 'proposed' | 'accepted' | 'declined' | 'closed'
  readonly closedBy?: 'me' | 'institution' | undefined
  readonly policy: 'subjectOnly' | 'dualConsent'
  /** Categories that may be read in an emergency */
  readonly emergency: readonly number[]
  readonly proposedAt: number
  readonly changedAt: number
  readonly block: number
  readonly restored: boolean
  /** The institution is certified on this network now. */
  readonly certified: boolean
}

export type SharedPart = {
  readonly grant: Hex
  readonly relationship: Hex
  readonly institution: Who
  readonly label: string
  readonly category: number
  readonly fields: readonly string[]
}

/** Something the person lets somebody see. */
export type Share = {
  readonly id: string
  readonly viewer: Who
  readonly purpose: number
  readonly from: number
  readonly until: number
  readonly status: 'sending' | 'waitingForInstitution' | 'declined' | 'active' | 'ended' | 'stopped'
  readonly stoppedAt?: number | undefined
  /** Institutions that did not agree, and why. */
  readonly declined: readonly {
    readonly institution: Who
    readonly reason?: string | undefined
  }[]
  readonly parts: readonly SharedPart[]
}

/** Something that somebody else lets the person see. */
export type SharedWithMe = {
  readonly id: string
  readonly subject: Who
  readonly purpose: number
  readonly from: number
  readonly until: number
  readonly status: 'active' | 'waitingForInstitution' | 'declined' | 'ended' | 'stopped'
  readonly labels: readonly string[]
  readonly parts: readonly OpenOrNot[]
}

/** What one grant opens at one institution, and why nothing, where the chain says so already. */
export type OpenOrNot = {
  readonly grant: Hex
  readonly institution: Who
  readonly why?: WhyNot | undefined
}

/** Somebody who may act for somebody. */
export type Delegation = {
  readonly id: Hex
  readonly subject: Who
  readonly delegate: Who
  readonly institution: Who
  /** Numbers of categories */
  readonly categories: readonly number[]
  readonly mayShare: boolean
  readonly until: number
  readonly status: 'active' | 'ended' | 'stopped'
  readonly shares: readonly {
    readonly grant: Hex
    readonly viewer: Who
    readonly until: number
    readonly isActive: boolean
  }[]
}

export type DelegationDraft = {
  readonly relationship: Hex
  readonly delegate: Who
  readonly categories: readonly number[]
  readonly mayShare: boolean
  readonly until: number
}

/** Records that somebody opened in an emergency. */
export type EmergencyLine = {
  readonly id: string
  readonly institution: Who
  readonly name: string
  readonly reason: string
  readonly at: number
  readonly until: number
}

/** What a clinician says to open somebody's records. */
export type EmergencyDraft = {
  readonly card: string
  readonly institution: Hex
  readonly name: string
  readonly reason: string
}

export type EmergencyAnswer =
  | { readonly kind: 'opened'; readonly until: number; readonly sets: readonly RecordSet[] }
  | { readonly kind: 'refused'; readonly words: string }

/** What came back when somebody else's record was opened. */
export type SharedAnswer =
  | {
      readonly kind: 'records'
      readonly sets: readonly RecordSet[]
      /** Parts that may not be seen now. */
      readonly missing: readonly Missing[]
    }
  | { readonly kind: 'refused'; readonly why: WhyNot }

export type Missing = OpenOrNot & { readonly why: WhyNot }

export type WhyNot =
  | 'stopped'
  | 'ended'
  | 'consent'
  | 'declined'
  | 'unreachable'
  | 'changed'
  | 'unproven'
  | 'other'

/** What a share would allow, before it is sent. */
export type Draft = {
  readonly viewer: Who
  /** Wanted field bits by record set. */
  readonly choice: ReadonlyMap<Hex, ReadonlySet<number>>
  readonly purpose: number
  readonly until: number
}

export type Notice = {
  readonly id: string
  readonly kind:
    | 'proposal'
    | 'update'
    | 'unexplained'
    | 'correction'
    | 'shared'
    | 'stopped'
    | 'consent'
    | 'consentDeclined'
    | 'closed'
    | 'contact'
    | 'emergency'
    | 'delegated'
    | 'delegationEnded'
    | 'sharedByDelegate'
  readonly at: number
  readonly who: Who
  readonly label?: string | undefined
  readonly seen: boolean
  readonly link: string
}

export type Happening = {
  readonly id: string
  readonly at: number
  readonly kind:
    | 'proposed'
    | 'accepted'
    | 'declined'
    | 'closed'
    | 'granted'
    | 'renewed'
    | 'revoked'
    | 'stoppedAll'
    | 'consented'
    | 'consentDeclined'
    | 'updated'
    | 'acknowledged'
    | 'saidWrong'
    | 'read'
    | 'refused'
    | 'registered'
    | 'shared'
    | 'delegated'
    | 'delegationEnded'
    | 'emergency'
    | 'examined'
    | 'reviewed'
  /** Who did it; absent: the person herself. */
  readonly who?: Who | undefined
  readonly other?: Who | undefined
  readonly label?: string | undefined
  readonly fields?: readonly string[] | undefined
  readonly reason?: string | undefined
  readonly block?: number | undefined
  readonly checked?: boolean | undefined
  /** Of a long record: how much of it was read, until when (unix seconds). */
  readonly reading?: Reading | undefined
}

/** One line of "what strangers can see". */
export type Exposed = {
  readonly what: string
  readonly seen: string
  readonly hidden: string
  readonly count?: number | undefined
}

export type Waiting = { readonly id: string; readonly label: string; readonly state: string }

export type Bounty = {
  readonly query: Hex
  readonly institution: string
  readonly epoch: number
  readonly block: number
  readonly at: number
  readonly charged: boolean
  readonly mine: boolean
}
export type Block = { readonly number: number; readonly time: number; readonly mine: boolean }

export type Technical = {
  readonly rows: readonly { readonly label: string; readonly value: string }[]
}

export type Snapshot = {
  readonly me: {
    readonly name: string
    readonly idTag?: Hex | undefined
    readonly registered: boolean
    readonly researcher: boolean
    /** Certified to open records in an emergency */
    readonly clinician: boolean
    readonly card: string
  }
  readonly demo: boolean
  readonly relationships: readonly Relationship[]
  readonly records: readonly RecordSet[]
  readonly shares: readonly Share[]
  readonly sharedWithMe: readonly SharedWithMe[]
  /** Who may act for the person, and for whom she may act. */
  readonly delegations: readonly Delegation[]
  readonly actingFor: readonly Delegation[]
  readonly emergencies: readonly EmergencyLine[]
  /** Institutions of the network */
  readonly institutions: readonly Who[]
  readonly contacts: readonly Who[]
  readonly notices: readonly Notice[]
  readonly history: readonly Happening[]
  readonly exposed: readonly Exposed[]
  readonly waiting: readonly Waiting[]
  readonly bounties: readonly Bounty[]
  readonly blocks: readonly Block[]
  readonly technical: Technical
  readonly freshness: {
    readonly ageSeconds: number
    readonly toldBy: readonly string[]
    readonly agree: boolean
    readonly online: boolean
  }
}

/** How a wish ended. */
export type Outcome = {
  readonly state: 'done' | 'refused' | 'waiting'
  readonly reason?: string | undefined
}

/** The next part of a long record; its rows alone. */
export type NextPart =
  | { readonly ok: true; readonly rows: readonly Row[]; readonly read: Parts.Progress }
  | { readonly ok: false; readonly reason: string }

/** A file that proves a record, or as much of it as came before `reason`. */
export type SavedProof = {
  readonly file: Blob
  /** What it proves: a version that may have come after the one on the screen. */
  readonly version: number
  /** How far a record in parts was saved. */
  readonly read: Parts.Progress | undefined
  /** Why the rest is missing. */
  readonly reason: string | undefined
}

export type Looks = {
  readonly entries: readonly Happening[]
  readonly missing: readonly string[]
}

/** Everything the screens may ask for: facts by `snapshot`, wishes by the other functions. */
export type Session = {
  snapshot(): Snapshot
  subscribe(listener: () => void): () => void
  /** Fetches and proves what an institution proposes, before anything is accepted. */
  look(relationship: Hex): Promise<readonly RecordSet[]>
  refresh(): Promise<void>
  accept(relationship: Hex): Promise<Outcome>
  decline(relationship: Hex, reason: string): Promise<Outcome>
  close(relationship: Hex, reason: string): Promise<Outcome>
  stopAllSharing(relationship: Hex): Promise<Outcome>
  acknowledge(set: RecordSet, kind: 'seen' | 'wrong', reason?: string): Promise<Outcome>
  share(draft: Draft): Promise<Outcome>
  renew(share: Share, until: number): Promise<Outcome>
  stopShare(share: Share): Promise<Outcome>
  /** Asks for what may be seen by the chain's word, until the reader leaves. */
  openShared(share: SharedWithMe, left: AbortSignal): Promise<SharedAnswer>
  /** Fetches and proves what follows in a record that comes in parts, in the order of the shown fields. */
  nextPart(set: RecordSet, after: Parts.Progress, signal: AbortSignal): Promise<NextPart>
  /** A file that proves a whole record to others; `told` hears how far it is. Throws with words when nothing came. */
  saveProof(
    set: RecordSet,
    options: {
      readonly signal: AbortSignal
      readonly told: (read: Parts.Progress) => void
    },
  ): Promise<SavedProof>
  delegate(draft: DelegationDraft): Promise<Outcome>
  endDelegation(delegation: Delegation): Promise<Outcome>
  openFor(delegation: Delegation, left: AbortSignal): Promise<SharedAnswer>
  /** Shares all fields of one kind of record for somebody else. */
  shareFor(delegation: Delegation, set: RecordSet, viewer: Who, until: number): Promise<Outcome>
  stopFor(grant: Hex): Promise<Outcome>
  setEmergency(relationship: Hex, categories: readonly number[]): Promise<Outcome>
  openEmergency(draft: EmergencyDraft): Promise<EmergencyAnswer>
  addContact(card: string, relation: string): Promise<Who>
  looks(): Promise<Looks>
  markSeen(): Promise<void>
  end(): Promise<void>
  wipe(): Promise<void>
}
