import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile } from '../script/compile.ts'
import { contracts, sourceOf } from '../script/contracts.ts'
import { readReasons } from './index.ts'

const root = new URL('..', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

test('recompiling yields exactly the committed ABI and bytecode', () => {
  const artifacts = compile(contracts)
  for (const [i, contract] of contracts.entries()) {
    const artifact = artifacts[i]
    if (!artifact) throw new Error(contract.name)
    const isSame = read(`generated/${contract.name}.ts`) === sourceOf(contract, artifact)
    expect(isSame, `${contract.name}: run the script "build"`).toBe(true)
  }
})

test('every contract fits the 24,576 bytes that EIP-170 allows', () => {
  for (const { name } of contracts) {
    const [, code] = /bytecode = '0x([0-9a-f]+)'/.exec(read(`generated/${name}.ts`)) ?? []
    expect((code ?? '').length / 2).toBeGreaterThan(0)
    expect((code ?? '').length / 2).toBeLessThan(24_576)
  }
})

test('the reasons of canRead are those of the contract', () => {
  const library = read('src/interfaces/IReads.sol')
  const named = [...library.matchAll(/uint8 internal constant (\w+) = (\d+);/g)]
  expect(Object.fromEntries(named.map(([, name, value]) => [name, Number(value)]))).toEqual(
    readReasons,
  )
})
