import fc from 'fast-check'
import {
  hashMessage,
  hashStruct,
  hashTypedData,
  type TypedDataDomain,
  toHex as viemHex,
} from 'viem'
import { describe, expect, test } from 'vitest'
import {
  counted,
  domain,
  domainOfRegistrar,
  filled,
  flipped,
  person,
} from './fixture.test-support.ts'
import {
  digest,
  encodeType,
  isStatementOf,
  MalformedError,
  personalDigest,
  type StatementName,
  type StructValue,
  signStatement,
  statementHash,
  statementTypes,
  toHex,
} from './index.ts'

const names = Object.keys(statementTypes) as StatementName[]
const viemTypes = Object.fromEntries(
  Object.entries(statementTypes).map(([name, members]) => [
    name,
    members.map(([type, member]) => ({ name: member, type })),
  ]),
)
const viemDomain: TypedDataDomain = {
  name: 'MedRec',
  version: '1',
  chainId: domain.chainId,
  verifyingContract: domain.verifyingContract,
  salt: domain.salt,
}

/** Any value of a member's type. */
function anyOf(type: string): fc.Arbitrary<unknown> {
  if (type === 'Entry[]') return fc.array(structOf('Entry'), { maxLength: 4 })
  if (type === 'string') return fc.string({ unit: 'grapheme', maxLength: 40 })
  if (type === 'bool') return fc.boolean()
  if (type === 'address') return fc.uint8Array({ minLength: 20, maxLength: 20 })
  const size = Number(/\d+/.exec(type)?.[0])
  if (type.startsWith('bytes')) return fc.uint8Array({ minLength: size, maxLength: size })
  return fc.bigInt({ min: 0n, max: 2n ** BigInt(size) - 1n })
}

function structOf(name: StatementName): fc.Arbitrary<StructValue> {
  const members = statementTypes[name].map(([type, member]) => [member, anyOf(type)] as const)
  return fc.record(Object.fromEntries(members))
}

/** The same value with bytes as hex, as viem takes it. */
function forViem(value: unknown): unknown {
  if (value instanceof Uint8Array) return viemHex(value)
  if (Array.isArray(value)) return value.map(forViem)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, forViem(member)]),
    )
  return value
}

describe.each(names)('%s', (name) => {
  test('has the hash that viem gives it', () => {
    fc.assert(
      fc.property(structOf(name), (value) => {
        const data = forViem(value) as Record<string, unknown>
        expect(toHex(statementHash(name, value))).toBe(
          hashStruct({ data, primaryType: name, types: viemTypes }),
        )
        expect(toHex(digest(domain, statementHash(name, value)))).toBe(
          hashTypedData({ domain: viemDomain, types: viemTypes, primaryType: name, message: data }),
        )
      }),
      { numRuns: 15 },
    )
  })

  test('is signed for one domain by one account, and no bit of the signature may change', () => {
    fc.assert(
      fc.property(structOf(name), fc.nat(511), (value, bit) => {
        const { identity } = person(1).keys
        const signature = signStatement(identity, domain, name, value)
        const check = (bytes: Uint8Array, where = domain, address = identity.address): boolean =>
          isStatementOf(address, bytes, where, name, value)
        expect(check(signature)).toBe(true)
        expect(check(flipped(signature, bit))).toBe(false)
        expect(check(signature, domainOfRegistrar)).toBe(false)
        expect(check(signature, { ...domain, chainId: domain.chainId + 1 })).toBe(false)
        expect(check(signature, { ...domain, salt: `0x${'4f'.repeat(32)}` })).toBe(false)
        expect(check(signature, domain, person(2).keys.identity.address)).toBe(false)
      }),
      { numRuns: 5 },
    )
  })

  test('refuses a member of another size', () => {
    const value = fc.sample(structOf(name), { numRuns: 1, seed: 1 })[0] as StructValue
    for (const [type, member] of statementTypes[name]) {
      for (const wrong of wrongFor(type))
        expect(() => statementHash(name, { ...value, [member]: wrong })).toThrow(MalformedError)
    }
  })
})

function wrongFor(type: string): readonly unknown[] {
  if (type === 'address') return [counted(19), counted(21), counted(33), undefined]
  if (type.startsWith('bytes')) {
    const size = Number(type.slice(5))
    return [counted(size - 1), counted(size + 1), counted(33), '0x00']
  }
  if (type.startsWith('uint')) return [2n ** BigInt(type.slice(4)), -1n, 0.5, undefined, '1']
  if (type === 'bool') return [1, 'true', undefined]
  if (type === 'string') return [undefined, 1, '\ud800']
  return [undefined, 1]
}

test('a type is spelled as EIP-712 prescribes, referenced structs after it', () => {
  expect(encodeType(statementTypes, 'Scope')).toBe(
    'Scope(bytes32 subject,bytes32 steward,bytes32 viewer,bytes32 relationship,uint16 epoch,bytes32 index,uint16 purposes,uint40 notBefore,bytes32 salt,Entry[] entries)Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)',
  )
  const types = {
    A: [
      ['C[]', 'many'],
      ['B', 'one'],
    ],
    B: [['A', 'back']],
    C: [['bytes', 'data']],
  } as const
  expect(encodeType(types, 'A')).toBe('A(C[] many,B one)B(A back)C(bytes data)')
})

test('a message for a person to sign has the hash of ERC-191', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(toHex(personalDigest(message))).toBe(hashMessage({ raw: message }))
    }),
  )
  expect(toHex(personalDigest(filled(0, 0)))).toBe(hashMessage(''))
})
