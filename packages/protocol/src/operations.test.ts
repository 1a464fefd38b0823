import fc from 'fast-check'
import {
  compactSignatureToSignature,
  hexToBigInt,
  parseCompactSignature,
  recoverTypedDataAddress,
  serializeSignature,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { counted, domain, filled, person } from './fixture.test-support.ts'
import {
  concat,
  coverNote,
  encodeNotes,
  encodeRecord,
  encodeTags,
  isEnding,
  keccak,
  MalformedError,
  type Operation,
  type SealedNote,
  toHex,
} from './index.ts'
import { type Expected, expected } from './operation.test-support.ts'

const signer = person(1).keys.identity
const bytes = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: size, maxLength: size })
const u32 = fc.nat(0xffffffff)
const relation = { steward: bytes(20), subject: bytes(20), termsHash: bytes(32) }
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('propose' as const, 'accept' as const),
    ...relation,
    deadline: u32,
  }),
  fc.record({
    kind: fc.constant('end' as const),
    ...relation,
    status: fc.constantFrom(3 as const, 4 as const, 5 as const),
  }),
  fc.record({ kind: fc.constant('stopAll' as const), ...relation, epoch: fc.nat(65_535) }),
  fc.record({
    kind: fc.constant('grant' as const),
    key: bytes(20),
    expiresAt: u32,
    sequence: fc.nat(65_535),
    commitment: bytes(26),
    deadline: u32,
  }),
  fc.record({ kind: fc.constant('revoke' as const), key: bytes(20) }),
  fc.record({
    kind: fc.constant('anchor' as const),
    stewardTag: bytes(32),
    previousRoot: bytes(32),
    root: bytes(32),
    logRoot: bytes(32),
    counter: u32,
    query: bytes(32),
    epoch: u32,
    deadline: u32,
  }),
  fc.record({
    kind: fc.constant('policy' as const),
    stewardTag: bytes(32),
    query: bytes(32),
    amount: fc.maxSafeNat(),
    deadline: u32,
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    stewardTag: bytes(32),
    bounty: bytes(32),
    answer: bytes(32),
    deadline: u32,
  }),
)

async function signerOf(record: Uint8Array, e: Expected, notes: Uint8Array): Promise<string> {
  const at = 1 + (e.payload.length - 2) / 2
  const compact = toHex(record.slice(at, at + 64))
  const zero = toHex(new Uint8Array(32))
  return (
    await recoverTypedDataAddress({
      domain: { name: 'MedRec', version: '1', ...domain },
      types: {
        Operation: [
          { name: 'kind', type: 'uint8' },
          { name: 'key', type: 'bytes32' },
          { name: 'value', type: 'bytes32' },
          { name: 'number', type: 'uint64' },
          { name: 'deadline', type: 'uint32' },
          { name: 'notes', type: 'bytes32' },
        ],
      },
      primaryType: 'Operation',
      message: {
        kind: e.kind,
        key: e.key,
        value: e.value ?? zero,
        number: e.number ?? 0n,
        deadline: e.deadline ?? 0,
        notes: notes.length === 0 ? zero : toHex(keccak(notes)),
      },
      signature: serializeSignature(compactSignatureToSignature(parseCompactSignature(compact))),
    })
  ).toLowerCase()
}

describe('a record', () => {
  test('of any operation has the bytes of the table and the signature that viem recovers', async () => {
    await fc.assert(
      fc.asyncProperty(operation, fc.nat(3), async (value, count) => {
        const notes = Array.from({ length: count }, coverNote)
        const joined = concat(...notes.flatMap(({ tag, sealed }) => [tag, sealed]))
        const record = encodeRecord(value, signer, domain, notes)
        const e = expected(value)
        const size = (e.payload.length - 2) / 2
        expect(record.length).toBe(1 + size + 64 + count * 400)
        expect(record[0]).toBe(e.kind | (count << 4))
        expect(toHex(record.slice(1, 1 + size))).toBe(e.payload)
        expect(record.slice(1 + size + 64)).toEqual(joined)
        expect(await signerOf(record, e, joined)).toBe(toHex(signer.address))
        expect(isEnding(value)).toBe(['end', 'stopAll', 'revoke'].includes(value.kind))
      }),
      { numRuns: 40 },
    )
  })

  test('signs its notes: another note gives another signer', async () => {
    const revoke: Operation = { kind: 'revoke', key: signer.address }
    const record = encodeRecord(revoke, signer, domain, [coverNote()])
    expect(await signerOf(record, expected(revoke), filled(400, 1))).not.toBe(toHex(signer.address))
  })
})

const oneNote: SealedNote = { tag: counted(16), sealed: filled(384, 1) }
const wrong: [Operation, SealedNote[]][] = [
  [{ kind: 'revoke', key: filled(19, 1) }, []],
  [{ kind: 'revoke', key: filled(32, 1) }, []],
  [{ kind: 'revoke', key: filled(20, 1) }, Array.from({ length: 16 }, () => oneNote)],
  [{ kind: 'revoke', key: filled(20, 1) }, [{ ...oneNote, tag: counted(15) }]],
  [{ kind: 'revoke', key: filled(20, 1) }, [{ ...oneNote, sealed: filled(383, 1) }]],
  [
    {
      kind: 'grant',
      key: filled(20, 1),
      expiresAt: 2 ** 32,
      sequence: 1,
      commitment: filled(26, 1),
      deadline: 1,
    },
    [],
  ],
  [
    {
      kind: 'grant',
      key: filled(20, 1),
      expiresAt: 1,
      sequence: 65_536,
      commitment: filled(26, 1),
      deadline: 1,
    },
    [],
  ],
  [
    {
      kind: 'grant',
      key: filled(20, 1),
      expiresAt: 1,
      sequence: 1,
      commitment: filled(25, 1),
      deadline: 1,
    },
    [],
  ],
  [
    {
      kind: 'propose',
      steward: filled(20, 1),
      subject: filled(21, 1),
      termsHash: filled(32, 1),
      deadline: 1,
    },
    [],
  ],
  [
    {
      kind: 'end',
      steward: filled(20, 1),
      subject: filled(20, 1),
      termsHash: filled(31, 1),
      status: 3,
    },
    [],
  ],
  [
    {
      kind: 'answer',
      stewardTag: filled(33, 1),
      bounty: filled(32, 1),
      answer: filled(32, 1),
      deadline: 1,
    },
    [],
  ],
]

describe('a record that does not fit its form', () => {
  test.each(wrong)('is refused: %o', (value, notes) => {
    expect(() => encodeRecord(value, signer, domain, notes)).toThrow(MalformedError)
  })
})

describe('records without a signature', () => {
  test('hold notes or update tags, of their exact sizes', () => {
    const note = coverNote()
    expect(encodeNotes([note])).toEqual(concat(Uint8Array.of(0x17), note.tag, note.sealed))
    expect(encodeTags([counted(8)])).toEqual(concat(Uint8Array.of(8, 0, 1), counted(8)))
    expect(() => encodeNotes(Array.from({ length: 16 }, coverNote))).toThrow(MalformedError)
    expect(() => encodeNotes([{ tag: counted(17), sealed: note.sealed }])).toThrow(MalformedError)
    expect(() => encodeTags([counted(7)])).toThrow(MalformedError)
    expect(() => encodeTags(Array.from({ length: 65_536 }, () => counted(8)))).toThrow(
      MalformedError,
    )
  })

  test('cover notes are random and of the size of real ones', () => {
    const [a, b] = [coverNote(), coverNote()]
    expect([a.tag.length, a.sealed.length]).toEqual([16, 384])
    expect(hexToBigInt(toHex(a.tag))).not.toBe(hexToBigInt(toHex(b.tag)))
  })
})
