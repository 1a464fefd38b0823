import type { Entry, Profile } from '@medrec/client'
import { fromHex, Keys, ledgerDomain, type Network, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { expect, test } from 'vitest'
import type { Identity } from './Identity.ts'
import { ask } from './request.ts'

const bytes = (size: number, fill: number): `0x${string}` => toHex(new Uint8Array(size).fill(fill))
const network: Network = {
  ...{ name: 'Test', engine: 'embedded', chainId: 7, startBlock: 0, confirmations: 0, doors: [] },
  ...{ networkId: bytes(32, 1), registrar: bytes(20, 2), ledger: bytes(20, 3) },
}
const keys = Keys.fromEntropy(new Uint8Array(16).fill(4), fromHex(network.networkId, 32))
const me: Entry = {
  ...{ idTag: bytes(32, 5), identity: toHex(keys.identity.address), version: 1 },
  ...{ spendKey: bytes(33, 6), viewKey: bytes(32, 7), institution: bytes(32, 8) },
  ...{ assurance: 1, attestations: [], validFrom: 0 },
} as unknown as Entry

test.each(['', 'node.example', 'javascript:alert(1)', 'https://', 'https://a:b@node.example'])(
  'an institution that published %j for an address is asked nothing, and named as the one to mend it',
  async (url) => {
    const asked: unknown[] = []
    const identity: Identity = {
      ...{ keys, network, store: openMemoryStore(), clock: () => 1_800_000_000 },
      domain: ledgerDomain(network),
      fetch: async (place) => {
        asked.push(place)
        return new Response()
      },
    }
    const profile = { name: 'X', url, anchorKey: bytes(20, 9) } as Profile
    const reply = await ask({ identity, me, profile, path: '/query', body: () => ({}) })
    expect(reply).toEqual({
      kind: 'refusal',
      code: 'PROFILE_URL_WRONG',
      words:
        'The address that the institution published cannot be used. Tell the institution; nothing was sent.',
      status: 0,
      signed: false,
    })
    expect(asked).toEqual([])
  },
)
