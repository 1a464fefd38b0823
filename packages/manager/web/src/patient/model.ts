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
  /** `anchored`: proven on the chain; `promised`: signed, on the chain shortly */
  readonly proof: 'anchored' | 'promised'
  readonly block?: number | undefined
}

export type Verdict = {
  readonly kind: 'seen' | 'wrong'
  readonly version: number
  readonly reason?: string | undefined
}

/** One kind of record at one institution, such as "Lab results at the hospital". */
export type RecordSet = {
  readonly id: Hex
  readonly relationship: Hex
  readonly institution: Who
  readonly resource: string
  readonly label: string
  readonly category: number
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
  readonly proposedAt: number
  readonly changedAt: number
  readonly block: number
  readonly restored: boolean
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
  readonly institution: Who
  readonly purpose: number
  readonly from: number
  readonly until: number
  readonly status: 'active' | 'waitingForInstitution' | 'declined' | 'ended' | 'stopped'
  readonly labels: readonly string[]
  /** Changes with every change of any part, so that what is open is asked for anew. */
  readonly sign: string
}

/** What came back when somebody else's record was opened. */
export type SharedAnswer =
  | {
      readonly kind: 'records'
      readonly sets: readonly RecordSet[]
      /** Institutions whose part may not be seen now. */
      readonly missing: readonly { readonly institution: Who; readonly why: WhyNot }[]
    }
  | { readonly kind: 'refused'; readonly why: WhyNot }

export type WhyNot =
  | 'stopped'
  | 'ended'
  | 'consent'
  | 'declined'
  | 'unreachable'
  | 'changed'
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
  /** Who did it; absent: the person herself. */
  readonly who?: Who | undefined
  readonly other?: Who | undefined
  readonly label?: string | undefined
  readonly fields?: readonly string[] | undefined
  readonly reason?: string | undefined
  readonly block?: number | undefined
  readonly checked?: boolean | undefined
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
    readonly card: string
  }
  readonly demo: boolean
  readonly relationships: readonly Relationship[]
  readonly records: readonly RecordSet[]
  readonly shares: readonly Share[]
  readonly sharedWithMe: readonly SharedWithMe[]
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
  openShared(share: SharedWithMe): Promise<SharedAnswer>
  addContact(card: string, relation: string): Promise<Who>
  looks(): Promise<Looks>
  markSeen(): Promise<void>
  end(): Promise<void>
  wipe(): Promise<void>
}
