import type { NoteContent } from './noteContent.ts'

/** Names of kinds. */
export type Kind = NoteContent['kind']
/** Forms that a field of a note may have. */
export type FieldType = 'bytes' | 'number' | 'text' | 'bool' | 'entries' | 'seen'
/** `size`: exact length of bytes, or greatest length of a number. */
export type Field = readonly [name: string, type: FieldType, size?: number]

const shared: readonly Field[] = [
  ['steward', 'bytes', 32],
  ['relationship', 'bytes', 32],
  ['index', 'bytes', 32],
  ['epoch', 'number', 2],
  ['purposes', 'number', 2],
  ['notBefore', 'number', 5],
  ['grant', 'bytes', 20],
  ['signature', 'bytes', 64],
  ['entries', 'entries'],
]

const byDelegation: readonly Field[] = [
  ['subject', 'bytes', 32],
  ['slot', 'bytes', 20],
  ['delegated', 'bytes', 64],
  ['rights', 'number', 1],
  ['categories', 'number', 4],
  ['since', 'number', 5],
  ['delegationSalt', 'bytes', 32],
]

/** Number of each kind and the CBOR keys of its fields, in order from 0. */
export const layouts: {
  readonly [kind in Kind]: {
    number: number
    fields: readonly Field[]
    optional?: readonly string[]
  }
} = {
  proposal: {
    number: 1,
    fields: [
      ['nonce', 'bytes', 16],
      ['salt', 'bytes', 32],
      ['policy', 'number', 1],
      ['consent', 'bytes', 20],
      ['stewardVersion', 'number', 4],
      ['subjectVersion', 'number', 4],
      ['restored', 'bool'],
    ],
    optional: ['consent', 'restored'],
  },
  pointer: {
    number: 2,
    fields: [
      ['relationship', 'bytes', 32],
      ['pointer', 'bytes', 16],
      ['category', 'number', 4],
      ['schema', 'number', 4],
      ['catalogue', 'number', 2],
      ['querySalt', 'bytes', 16],
      ['query', 'text'],
      ['result', 'bytes', 32],
      ['resource', 'text'],
      ['place', 'text'],
      ['version', 'number', 4],
      ['time', 'number', 5],
    ],
  },
  answer: {
    number: 3,
    fields: [
      ['relationship', 'bytes', 32],
      ['status', 'number', 1],
      ['reason', 'text'],
    ],
    optional: ['reason'],
  },
  acknowledgement: {
    number: 4,
    fields: [
      ['relationship', 'bytes', 32],
      ['pointer', 'bytes', 16],
      ['version', 'number', 4],
      ['verdict', 'number', 1],
      ['reason', 'text'],
    ],
    optional: ['reason'],
  },
  share: { number: 5, fields: [...shared, ['policy', 'number', 1]], optional: ['policy'] },
  shareCopy: { number: 6, fields: [...shared, ['viewer', 'bytes', 32], ['salt', 'bytes', 32]] },
  consent: {
    number: 7,
    fields: [
      ['grant', 'bytes', 20],
      ['slot', 'bytes', 20],
      ['signature', 'bytes', 64],
    ],
  },
  contact: {
    number: 8,
    fields: [
      ['idTag', 'bytes', 32],
      ['name', 'text'],
      ['relation', 'text'],
      ['identity', 'bytes', 20],
    ],
    optional: ['relation'],
  },
  checkpoint: {
    number: 9,
    fields: [
      ['seen', 'seen'],
      ['time', 'number', 5],
    ],
  },
  stopped: {
    number: 10,
    fields: [
      ['grant', 'bytes', 20],
      ['relationship', 'bytes', 32],
      ['reason', 'text'],
    ],
    optional: ['grant', 'relationship', 'reason'],
  },
  delegation: {
    number: 11,
    fields: [
      ['steward', 'bytes', 32],
      ['relationship', 'bytes', 32],
      ['index', 'bytes', 32],
      ['epoch', 'number', 2],
      ['rights', 'number', 1],
      ['categories', 'number', 4],
      ['notBefore', 'number', 5],
      ['slot', 'bytes', 20],
      ['signature', 'bytes', 64],
    ],
  },
  delegatedShare: { number: 12, fields: [...shared, ...byDelegation] },
  delegatedShareCopy: {
    number: 13,
    fields: [...shared, ...byDelegation, ['viewer', 'bytes', 32], ['salt', 'bytes', 32]],
  },
  emergencyProfile: {
    number: 14,
    fields: [
      ['relationship', 'bytes', 32],
      ['categories', 'number', 4],
      ['time', 'number', 5],
    ],
  },
  emergency: {
    number: 15,
    fields: [
      ['relationship', 'bytes', 32],
      ['who', 'bytes', 32],
      ['reason', 'text'],
      ['time', 'number', 5],
      ['expires', 'number', 5],
      ['name', 'text'],
    ],
  },
}
