import { accountOf, type Hex, random, toHex } from '@medrec/protocol'

/** How a private network of geth nodes finds its blocks. */
export type Consensus =
  | { readonly kind: 'ethash'; readonly difficulty: bigint }
  | { readonly kind: 'clique'; readonly periodSeconds: number; readonly signers: readonly Hex[] }

/** The account that has all of a new network's ether. */
export type Funder = { readonly privateKey: Hex; readonly address: Hex }

/** Ether that no test uses up, in wei. */
const funds = 10n ** 27n
const gasLimit = 30_000_000
/** Every rule up to London from the first block on; ours are compiled for it. */
const forks = Object.fromEntries(
  ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg']
    .concat('istanbul', 'berlin', 'london')
    .map((name) => [`${name}Block`, 0]),
)
/** EIP-225: 32 bytes that mean nothing here, the signers, room for a signature. */
const [vanity, seal] = ['00'.repeat(32), '00'.repeat(65)]

export function newFunder(): Funder {
  const { privateKey, address } = accountOf(random(32))
  return { privateKey: toHex(privateKey), address: toHex(address) }
}

/** The first block of a private network, as geth's `init` reads it. */
export function genesisOf(chainId: number, consensus: Consensus, funder: Funder): object {
  const isClique = consensus.kind === 'clique'
  const signers = isClique ? consensus.signers.map((one) => one.slice(2)).toSorted() : []
  return {
    config: {
      chainId,
      ...forks,
      ...(isClique
        ? { clique: { period: consensus.periodSeconds, epoch: 30_000 } }
        : { ethash: {} }),
    },
    difficulty: isClique ? '0x1' : hexOf(consensus.difficulty),
    gasLimit: hexOf(BigInt(gasLimit)),
    baseFeePerGas: '0x7',
    extraData: isClique ? `0x${vanity}${signers.join('')}${seal}` : '0x',
    alloc: { [funder.address.slice(2)]: { balance: hexOf(funds) } },
  }
}

function hexOf(number: bigint): Hex {
  return `0x${number.toString(16)}`
}
