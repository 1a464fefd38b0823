import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { network } from './fixture.test-support.ts'
import {
  ledgerDomain,
  MalformedError,
  parseNetwork,
  registrarDomain,
  revokedSequence,
  toGrantSlot,
  toRelationshipSlot,
} from './index.ts'

describe('the description of a network', () => {
  test('is read as it was written, and names two domains', () => {
    expect(parseNetwork(JSON.parse(JSON.stringify(network)))).toEqual(network)
    expect(ledgerDomain(network)).toEqual({
      chainId: network.chainId,
      verifyingContract: network.ledger,
      salt: network.networkId,
    })
    expect(registrarDomain(network)).toEqual({
      ...ledgerDomain(network),
      verifyingContract: network.registrar,
    })
  })

  test('may spell addresses with a checksum; they are kept in lower case', () => {
    const capital = (hex: string): string => `0x${hex.slice(2).toUpperCase()}`
    const { networkId, registrar, ledger } = network
    expect(
      parseNetwork({
        ...network,
        networkId: capital(networkId),
        registrar: capital(registrar),
        ledger: capital(ledger),
      }),
    ).toEqual(network)
  })

  test.each<[string, unknown, string]>([
    ['no object', null, 'object'],
    ['a text', 'x', 'object'],
    ['no name', { ...network, name: undefined }, 'name'],
    ['a name that is no text', { ...network, name: 5 }, 'name'],
    ['a short network id', { ...network, networkId: '0x4e' }, 'networkId'],
    ['a network id in a list', { ...network, networkId: [network.networkId] }, 'networkId'],
    ['no registrar', { ...network, registrar: undefined }, 'registrar'],
    ['a ledger of 19 bytes', { ...network, ledger: network.ledger.slice(0, -2) }, 'ledger'],
    ['a chain id as text', { ...network, chainId: '1' }, 'chainId'],
    ['half a block', { ...network, startBlock: 0.5 }, 'startBlock'],
    ['negative confirmations', { ...network, confirmations: -1 }, 'confirmations'],
    ['an unknown engine', { ...network, engine: 'cloud' }, 'engine'],
    [
      'an engine named like a property of every object',
      { ...network, engine: 'constructor' },
      'engine',
    ],
    ['doors that are no list', { ...network, doors: 'ws://x' }, 'doors'],
    ['a door that is no text', { ...network, doors: [1] }, 'doors'],
  ])('with %s is refused by the name of the member', (_, json, member) => {
    expect(() => parseNetwork(json)).toThrow(MalformedError)
    expect(() => parseNetwork(json)).toThrow(member)
  })

  test('of any JSON is read or refused as not well formed', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ networkId: fc.jsonValue(), engine: fc.jsonValue() })),
        (json) => {
          expect(() => parseNetwork(json)).toThrow(MalformedError)
        },
      ),
    )
  })
})

describe('slots', () => {
  test('of relationships hold status, epoch and time', () => {
    const word = (status: bigint, epoch: bigint, at: bigint): bigint =>
      status | (epoch << 8n) | (at << 24n)
    const statuses = [
      'none',
      'proposed',
      'accepted',
      'rejected',
      'closedBySubject',
      'closedBySteward',
    ]
    statuses.forEach((status, i) => {
      expect(toRelationshipSlot(word(BigInt(i), 7n, 1_800_000_000n))).toEqual({
        status,
        epoch: 7,
        changedAt: 1_800_000_000,
      })
    })
    expect(toRelationshipSlot(word(1n, 65_535n, 2n ** 40n - 1n))).toEqual({
      status: 'proposed',
      epoch: 65_535,
      changedAt: 2 ** 40 - 1,
    })
    expect(toRelationshipSlot(6n).status).toBe('none')
  })

  test('of grants hold expiry, sequence and commitment', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(65_535),
        fc.bigInt({ min: 0n, max: 2n ** 208n - 1n }),
        (expiresAt, sequence, scope) => {
          const slot = toGrantSlot((BigInt(expiresAt) << 224n) | (BigInt(sequence) << 208n) | scope)
          expect(slot).toEqual({
            expiresAt,
            sequence,
            revoked: sequence === revokedSequence,
            commitment: scope.toString(16).padStart(52, '0'),
          })
        },
      ),
    )
  })
})
