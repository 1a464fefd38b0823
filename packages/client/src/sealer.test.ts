import type { Hex } from '@medrec/protocol'
import { expect, test } from 'vitest'
import type { SealedHeader } from './headerMembers.ts'
import { sealerOf } from './sealer.ts'

const nobody: Hex = `0x${'00'.repeat(20)}`
const version = '0xd883010b06846765746888676f312e32362e38856c696e757800000000000000'
/** Two blocks of a private Clique network of geth 1.11.6, whose seals differ in parity. */
const first: SealedHeader = {
  baseFeePerGas: '0x7',
  difficulty: '0x1',
  extraData:
    `${version}78382bf628a1bf808f39542787ac9f79bf70eaccf496431f8e45722171dd07bf54affb46eb3ecd6b646a2bd6436f9fac5dc9958c80e83b9e398a7667bfc098a300` as Hex,
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  logsBloom: `0x${'00'.repeat(256)}`,
  miner: nobody,
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000000',
  number: '0x1',
  parentHash: '0x8d44923501cd63119b12ec357ad2e27dd7412f62e770255af4e7f5c10a6cbc48',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  stateRoot: '0x12c0f3bf8badb4a6b066a2e3119ccc917bee158d03caa8b72ee11a87a2c5fe06',
  timestamp: '0x6b01c931',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
}
const second: SealedHeader = {
  ...first,
  extraData:
    `${version}988fc8619ac4c138318216de3a41ccc49caa20f6f7e23fb2d4f9d9926b2bc12c4cb233212654645dccaa2c55119543bdc12956bf2f2e719f5f8fa36c0eb2ccf201` as Hex,
  number: '0x2',
  parentHash: '0xd19d503d573e0e0a8ed68979837c4b8ea478a9a6eb23a82616281eb7f67f1110',
  timestamp: '0x6b01c93a',
}

test('of a Clique block, the signer counts', () => {
  expect(sealerOf(first)).toBe('0x363f7080d896d80f7c30938898c26934b5df4fd4')
  expect(sealerOf(second)).toBe('0x77a6993a1c921198e0ffc47c28c5bab682cf87ac')
})

test('a block with any other content has another signer', () => {
  expect(sealerOf({ ...first, gasUsed: '0x1' })).not.toBe(sealerOf(first))
})

test('of a mined block, the miner that it names counts, whatever else it says', () => {
  const miner: Hex = `0x${'Ab'.repeat(20)}`
  expect(sealerOf({ ...first, miner })).toBe(miner.toLowerCase())
})

test('a block that names nobody and is not signed belongs to nobody', () => {
  expect(sealerOf({ ...first, extraData: '0x' })).toBe(nobody)
  expect(sealerOf({ ...first, extraData: `0x${'00'.repeat(97)}` })).toBe(nobody)
})
