// Writes ABI and bytecode as TypeScript. That Forge tests the same bytecode, snapshot.ts checks.
import { mkdirSync, writeFileSync } from 'node:fs'
import { compile } from './compile.ts'
import { contracts, sourceOf } from './contracts.ts'

const root = new URL('..', import.meta.url)

mkdirSync(new URL('generated/', root), { recursive: true })
const artifacts = compile(contracts)
for (const [i, contract] of contracts.entries()) {
  const artifact = artifacts[i]
  if (!artifact) throw new Error(`${contract.name} was not compiled`)
  writeFileSync(new URL(`generated/${contract.name}.ts`, root), sourceOf(contract, artifact))
}
