import { encodeAbiParameters, encodePacked, keccak256 } from 'viem'
import { type Operation, toHex } from './index.ts'

/** A record's parts as viem encodes them. */
export type Expected = {
  kind: number
  payload: `0x${string}`
  key: `0x${string}`
  value?: `0x${string}`
  number?: bigint
  deadline?: number
}

/** docs/protocol.md section 4, a second time and with viem's encoders. */
export function expected(o: Operation): Expected {
  const parties = (r: {
    steward: Uint8Array
    subject: Uint8Array
    termsHash: Uint8Array
  }): `0x${string}` =>
    encodePacked(
      ['address', 'address', 'bytes32'],
      [toHex(r.steward), toHex(r.subject), toHex(r.termsHash)],
    )
  switch (o.kind) {
    case 'propose':
    case 'accept': {
      const base = parties(o)
      return {
        kind: o.kind === 'propose' ? 0 : 1,
        payload: encodePacked(['bytes', 'uint32'], [base, o.deadline]),
        key: keccak256(base),
        number: o.kind === 'propose' ? 0n : 2n,
        deadline: o.deadline,
      }
    }
    case 'end':
      return {
        kind: 2,
        payload: encodePacked(['bytes', 'uint8'], [parties(o), o.status]),
        key: keccak256(parties(o)),
        number: BigInt(o.status),
      }
    case 'stopAll':
      return {
        kind: 3,
        payload: encodePacked(['bytes', 'uint16'], [parties(o), o.epoch]),
        key: keccak256(parties(o)),
        number: BigInt(o.epoch),
      }
    default:
      return expectedOfSlot(o)
  }
}

function expectedOfSlot(
  o: Extract<Operation, { kind: 'grant' | 'revoke' | 'anchor' | 'policy' | 'answer' }>,
): Expected {
  const zero = toHex(new Uint8Array(12))
  switch (o.kind) {
    case 'grant': {
      const value = encodePacked(
        ['uint32', 'uint16', 'bytes26'],
        [o.expiresAt, o.sequence, toHex(o.commitment)],
      )
      return {
        kind: 4,
        payload: encodePacked(['address', 'bytes', 'uint32'], [toHex(o.key), value, o.deadline]),
        key: encodePacked(['address', 'bytes12'], [toHex(o.key), zero]),
        value,
        deadline: o.deadline,
      }
    }
    case 'revoke':
      return {
        kind: 5,
        payload: toHex(o.key),
        key: encodePacked(['address', 'bytes12'], [toHex(o.key), zero]),
      }
    case 'anchor': {
      const words = [o.root, o.logRoot, o.query].map(toHex) as [
        `0x${string}`,
        `0x${string}`,
        `0x${string}`,
      ]
      const value = keccak256(
        encodeAbiParameters(
          [
            { type: 'bytes32' },
            { type: 'bytes32' },
            { type: 'bytes32' },
            { type: 'bytes32' },
            { type: 'uint32' },
          ],
          [toHex(o.previousRoot), ...words, o.epoch],
        ),
      )
      return {
        kind: 6,
        payload: encodePacked(
          ['bytes32', 'bytes32', 'bytes32', 'bytes32', 'uint32', 'uint32'],
          [toHex(o.stewardTag), ...words, o.epoch, o.deadline],
        ),
        key: toHex(o.stewardTag),
        value,
        number: BigInt(o.counter),
        deadline: o.deadline,
      }
    }
    default:
      return expectedOfBounty(o)
  }
}

function expectedOfBounty(o: Extract<Operation, { kind: 'policy' | 'answer' }>): Expected {
  switch (o.kind) {
    case 'policy':
      return {
        kind: 9,
        payload: encodePacked(
          ['bytes32', 'bytes32', 'uint64', 'uint32'],
          [toHex(o.stewardTag), toHex(o.query), BigInt(o.amount), o.deadline],
        ),
        key: toHex(o.stewardTag),
        value: toHex(o.query),
        number: BigInt(o.amount),
        deadline: o.deadline,
      }
    case 'answer':
      return {
        kind: 10,
        payload: encodePacked(
          ['bytes32', 'bytes32', 'bytes32', 'uint32'],
          [toHex(o.stewardTag), toHex(o.bounty), toHex(o.answer), o.deadline],
        ),
        key: toHex(o.bounty),
        value: toHex(o.answer),
        deadline: o.deadline,
      }
  }
}
