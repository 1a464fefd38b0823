// Writes ABI and bytecode as TypeScript from Forge's output. Run after `forge build`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Artifact, contracts, sourceOf } from './contracts.ts'

const root = new URL('..', import.meta.url)

mkdirSync(new URL('generated/', root), { recursive: true })
for (const contract of contracts) {
  const { name, file } = contract
  const path = new URL(`out/${file.replace(/^.*\//, '')}/${name}.json`, root)
  const artifact = JSON.parse(readFileSync(path, 'utf8')) as {
    abi: Artifact['abi']
    bytecode: { object: string }
  }
  const source = sourceOf(contract, { abi: artifact.abi, bytecode: artifact.bytecode.object })
  writeFileSync(new URL(`generated/${name}.ts`, root), source)
}
