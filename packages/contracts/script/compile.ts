// Compiles the published contracts with npm's solc alone, by the settings of foundry.toml, apart from Forge.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, normalize } from 'node:path/posix'
import type { Artifact, Contract } from './contracts.ts'

type Solc = { compile: (input: string) => string }
type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Record<
    string,
    Record<string, { abi: Artifact['abi']; evm: { bytecode: { object: string } } }>
  >
}

const root = new URL('..', import.meta.url)

/** ABI and bytecode of each contract, in the given order. */
export function compile(contracts: readonly Contract[]): readonly Artifact[] {
  return contracts.map(({ name, file }) => {
    const output = run(file, file.startsWith('src/'))
    const failed = output.errors?.find(({ severity }) => severity === 'error')
    if (failed) throw new Error(failed.formattedMessage)
    const contract = output.contracts[`packages/contracts/${file}`]?.[name]
    if (!contract) throw new Error(`${name} is not in ${file}`)
    return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
  })
}

function run(file: string, viaIR: boolean): Output {
  const solc = createRequire(import.meta.url)('solc') as Solc
  const input = {
    language: 'Solidity',
    sources: sourcesOf(file),
    settings: {
      evmVersion: 'london',
      viaIR,
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  return JSON.parse(solc.compile(JSON.stringify(input))) as Output
}

/** A file and everything it imports, named as Forge names them: from the repository's root. */
function sourcesOf(file: string): Record<string, { content: string }> {
  const sources: Record<string, { content: string }> = {}
  const visit = (path: string): void => {
    if (sources[`packages/contracts/${path}`]) return
    const content = readFileSync(new URL(path, root), 'utf8')
    sources[`packages/contracts/${path}`] = { content }
    for (const [, imported] of content.matchAll(/from "([^"]+)";/g)) {
      visit(normalize(join(dirname(path), imported as string)))
    }
  }
  visit(file)
  return sources
}
