import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import {
  concat,
  consentCommitment,
  type Delegation,
  delegationHash,
  delegationSalt,
  digest,
  type Entry,
  encodeNotes,
  encodeRecord,
  encodeTags,
  grantCommitment,
  hmac,
  joinParts,
  keccak,
  type NoteContent,
  noteKey,
  noteTag,
  type OpenedPart,
  type Operation,
  openPart,
  type Pair,
  pair,
  relationshipId,
  type Scope,
  type SealedNote,
  schemaId,
  scopeHash,
  scopeSalt,
  sign,
  signDelegation,
  signShare,
  signStatement,
  statementHash,
  termsHash,
  toGrantSlot,
  toRelationshipSlot,
  uint,
  utf8,
} from '../src/index.ts'
import { encodeContent } from '../src/noteCodec.ts'
import { anyone, counted, filled, ledger, steward, subject, viewer } from './fixed.ts'

const { mine: stewardToSubject } = pair(steward.keys, steward.party, subject.party) as Pair
const { mine: subjectToViewer } = pair(subject.keys, subject.party, viewer.party) as Pair
const terms = {
  stewardTag: steward.party.idTag,
  subjectTag: subject.party.idTag,
  stewardVersion: 1,
  subjectVersion: 1,
  salt: counted(32, 0x20),
  policy: 1,
  consent: filled(20, 0xcc),
}
const relationship = relationshipId(filled(20, 0xd1), filled(20, 0xd2), termsHash(terms))
const entries: readonly Entry[] = [
  { pointer: filled(16, 0), category: 5, schema: schemaId('labs'), catalogue: 1, mask: 0b1011n },
  {
    pointer: counted(16),
    category: 4,
    schema: schemaId('medications'),
    catalogue: 2,
    mask: 2n ** 255n,
  },
]
const scope: Scope = {
  subject: subject.party.idTag,
  steward: steward.party.idTag,
  viewer: viewer.party.idTag,
  relationship,
  epoch: 3,
  index: filled(32, 0x66),
  purposes: 0b10,
  notBefore: 1_800_000_000,
  salt: scopeSalt(subjectToViewer, relationship, anyone.address),
  entries,
}

const delegation: Delegation = {
  subject: subject.party.idTag,
  steward: steward.party.idTag,
  delegate: viewer.party.idTag,
  relationship,
  epoch: 3,
  index: filled(32, 0x66),
  rights: 3,
  categories: 2 ** 31 + 0b110000,
  notBefore: 1_800_000_000,
  salt: delegationSalt(subjectToViewer, relationship, filled(20, 0x78)),
}

/** Section 3. */
export function scopes(): unknown {
  const hash = scopeHash(scope)
  const slot = filled(20, 0x77)
  return {
    terms,
    termsHash: termsHash(terms),
    relationship: { steward: filled(20, 0xd1), subject: filled(20, 0xd2), id: relationship },
    scope,
    scopeHash: hash,
    grantCommitment: grantCommitment(hash),
    share: {
      grant: anyone.address,
      signer: anyone,
      signature: signShare(anyone, ledger, anyone.address, hash),
    },
    consent: {
      slot,
      commitment: consentCommitment(hash, slot),
      signer: anyone,
      signature: signStatement(anyone, ledger, 'Consent', {
        slot,
        grant: anyone.address,
        scope: hash,
      }),
    },
    delegation,
    delegationHash: delegationHash(delegation),
    delegate: {
      slot: filled(20, 0x78),
      signer: anyone,
      signature: signDelegation(anyone, ledger, filled(20, 0x78), delegationHash(delegation)),
    },
    schemas: Object.fromEntries(
      ['labs', 'medications', 'Schema'].map((name) => [name, schemaId(name)]),
    ),
  }
}

const relation = {
  steward: filled(20, 0xd1),
  subject: filled(20, 0xd2),
  termsHash: termsHash(terms),
}
const deadline = 1_800_003_600
const stewardTag = steward.party.idTag
const signed: readonly Operation[] = [
  { kind: 'propose', ...relation, deadline },
  { kind: 'accept', ...relation, deadline },
  { kind: 'end', ...relation, status: 3 },
  { kind: 'end', ...relation, status: 4 },
  { kind: 'end', ...relation, status: 5 },
  { kind: 'stopAll', ...relation, epoch: 4 },
  {
    kind: 'grant',
    key: anyone.address,
    expiresAt: 1_900_000_000,
    sequence: 1,
    commitment: counted(26),
    deadline,
  },
  { kind: 'revoke', key: anyone.address },
  {
    kind: 'anchor',
    stewardTag,
    previousRoot: filled(32, 1),
    root: filled(32, 2),
    logRoot: filled(32, 3),
    counter: 9,
    query: filled(32, 4),
    epoch: 5,
    deadline,
  },
  { kind: 'policy', stewardTag, query: filled(32, 4), amount: 1_000, deadline },
  { kind: 'answer', stewardTag, bounty: filled(32, 5), answer: filled(32, 6), deadline },
]
const note: SealedNote = { tag: counted(16), sealed: filled(384, 0xee) }

/** Section 4; the signer is one account for all, whoever the ledger would ask. */
export function operations(): unknown {
  return {
    signer: anyone,
    notes: [note],
    operations: signed.map((operation) => ({
      operation,
      record: encodeRecord(operation, anyone, ledger),
      recordWithNote: encodeRecord(operation, anyone, ledger, [note]),
    })),
    notesRecord: encodeNotes([note, note]),
    tagsRecord: encodeTags([counted(8), counted(8, 8)]),
    slots: {
      relationship: { word: '0x6b49d200000302', opened: toRelationshipSlot(0x6b49d200000302n) },
      grant: {
        word: `0x713fb300ffff${'ab'.repeat(26)}`,
        opened: toGrantSlot(BigInt(`0x713fb300ffff${'ab'.repeat(26)}`)),
      },
    },
  }
}

/** Section 4.1: the heads of one event of each kind, one after the other. */
export function stream(): unknown {
  const items = [
    concat(uint(1, 1), filled(32, 1), uint(0x0102n, 32)),
    concat(uint(2, 1), filled(20, 2), uint(0x0304n, 32)),
    concat(
      uint(3, 1),
      stewardTag,
      filled(32, 3),
      filled(32, 4),
      uint(9, 8),
      uint(1_800_000_000, 5),
    ),
    concat(uint(4, 1), note.tag, note.sealed),
    concat(uint(5, 1), counted(16)),
    concat(uint(6, 1), stewardTag, filled(32, 5), uint(6, 4), filled(20, 7), uint(1, 1)),
    concat(uint(7, 1), filled(32, 8), filled(32, 9)),
    concat(uint(8, 1), stewardTag, filled(32, 10), uint(11, 8)),
  ]
  let word: Uint8Array = filled(32, 0)
  return {
    events: items.map((packed, i) => {
      const item = keccak(packed)
      word = concat(keccak(word, item).slice(0, 24), uint(i + 1, 8))
      return { packed, item, stream: word }
    }),
  }
}

const byDelegation = {
  grant: anyone.address,
  signature: filled(64, 0x99),
  subject: subject.party.idTag,
  slot: filled(20, 0x78),
  delegated: filled(64, 0x97),
  rights: 3,
  categories: 0b110000,
  since: 1_800_000_000,
  delegationSalt: delegation.salt,
}
const contents: readonly NoteContent[] = [
  {
    kind: 'proposal',
    nonce: counted(16),
    salt: terms.salt,
    policy: 0,
    stewardVersion: 1,
    subjectVersion: 1,
  },
  {
    kind: 'proposal',
    nonce: counted(16),
    salt: terms.salt,
    policy: 1,
    consent: terms.consent,
    stewardVersion: 1,
    subjectVersion: 2,
    restored: true,
  },
  {
    kind: 'pointer',
    relationship,
    pointer: counted(16),
    category: 5,
    schema: schemaId('labs'),
    catalogue: 1,
    querySalt: counted(16, 9),
    query: 'labs',
    result: filled(32, 8),
    resource: 'labs',
    place: 'http://clinic.example:8443',
    version: 1,
    time: 1_800_000_000,
  },
  { kind: 'answer', relationship, status: 3, reason: 'Not me.' },
  { kind: 'acknowledgement', relationship, pointer: counted(16), version: 2, verdict: 0 },
  { kind: 'share', ...scope, grant: anyone.address, signature: filled(64, 0x99) },
  { kind: 'share', ...scope, grant: anyone.address, signature: filled(64, 0x99), policy: 1 },
  { kind: 'shareCopy', ...scope, grant: anyone.address, signature: filled(64, 0x99) },
  { kind: 'consent', grant: anyone.address, slot: filled(20, 0x77), signature: filled(64, 0x98) },
  {
    kind: 'contact',
    idTag: viewer.party.idTag,
    name: 'Dr. Ämilie',
    relation: 'doctor',
    identity: viewer.party.identity,
  },
  { kind: 'checkpoint', seen: [[relationship, filled(32, 0x67), 12]], time: 1_800_000_000 },
  { kind: 'stopped', relationship, reason: 'Enough.' },
  { kind: 'delegation', ...delegation, slot: filled(20, 0x78), signature: filled(64, 0x97) },
  { kind: 'delegatedShare', ...scope, ...byDelegation },
  { kind: 'delegatedShareCopy', ...scope, ...byDelegation },
  { kind: 'emergencyProfile', relationship, categories: 0b1110, time: 1_800_000_000 },
  {
    kind: 'emergency',
    relationship,
    who: viewer.party.idTag,
    name: 'Dr. Ämilie',
    reason: 'Unconscious after a fall.',
    time: 1_800_000_000,
    expires: 1_800_014_400,
  },
]

/** Section 5, sealed here a second time by hand, so that nonces can be fixed; read back by the protocol's code. */
export function notes(): unknown {
  return {
    direction: stewardToSubject,
    author: steward.party.idTag,
    reader: subject.party.idTag,
    contents: contents.map((content) => ({ content, ...encodeContent(content) })),
    sealed: [
      sealedByHand({ kind: 'answer', relationship, status: 3, reason: 'Not me.' }, 7, false),
      sealedByHand({ kind: 'answer', relationship, status: 3, reason: 'x'.repeat(400) }, 8, true),
    ],
  }
}

function sealedByHand(content: NoteContent, counter: number, signs: boolean): unknown {
  const { kind, body } = encodeContent(content)
  const statement = {
    author: steward.party.idTag,
    reader: subject.party.idTag,
    content: keccak(uint(kind, 1), body),
  }
  const signature = sign(digest(ledger, statementHash('Note', statement)), steward.keys.identity)
  const joined = concat(uint(kind, 1), signs ? concat(uint(1, 1), signature) : uint(0, 1), body)
  const parts = Math.ceil(joined.length / 340)
  const found: { counter: number; tag: Uint8Array; nonce: Uint8Array; sealed: Uint8Array }[] = []
  for (let part = 0; part < parts; part++) {
    const i = counter + part
    const bytes = joined.slice(part * 340, (part + 1) * 340)
    const previous = found.at(-1)?.sealed
    const nonce = previous
      ? hmac(stewardToSubject, utf8('part'), uint(i, 8), previous).slice(0, 24)
      : counted(24, 0x40)
    const plain = concat(
      uint(1, 1),
      uint((part << 4) | parts, 1),
      uint(bytes.length, 2),
      bytes,
      filled(340 - bytes.length, 0),
    )
    const tag = noteTag(stewardToSubject, i)
    const cipher = xchacha20poly1305(noteKey(stewardToSubject, i), nonce, tag)
    found.push({ counter: i, tag, nonce, sealed: concat(nonce, cipher.encrypt(plain)) })
  }
  const opened = found.map(
    ({ counter: i, sealed }) => openPart(stewardToSubject, i, sealed) as OpenedPart,
  )
  const [read] = joinParts(opened, {
    domain: ledger,
    author: steward.party.idTag,
    authorIdentity: steward.party.identity,
    reader: subject.party.idTag,
  })
  return { content, signed: signs, parts: found, read: read?.content }
}
