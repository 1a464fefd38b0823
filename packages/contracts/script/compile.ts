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

/**
 * ABI and bytecode of each contract, in the given order. What goes by way of Yul is compiled in one go, as
 * Forge does: the numbers that the compiler gives to names depend on it, and the order of the code on them.
 */
export function compile(contracts: readonly Contract[]): readonly Artifact[] {
  const product = contracts.filter(isProduct)
  const others = contracts.filter((contract) => !isProduct(contract))
  const outputs = { product: run(product, true), others: run(others, false) }
  return contracts.map((contract) => {
    const { name, file } = contract
    const output = isProduct(contract) ? outputs.product : outputs.others
    const found = output.contracts[`packages/contracts/${file}`]?.[name]
    if (!found) throw new Error(`${name} is not in ${file}`)
    return { abi: found.abi, bytecode: `0x${found.evm.bytecode.object}` }
  })
}

function isProduct({ file }: Contract): boolean {
  return file.startsWith('src/')
}

function run(contracts: readonly Contract[], viaIR: boolean): Output {
  const solc = createRequire(import.meta.url)('solc') as Solc
  const input = {
    language: 'Solidity',
    sources: sourcesOf(contracts.map(({ file }) => file)),
    settings: {
      evmVersion: 'london',
      viaIR,
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
  const failed = output.errors?.find(({ severity }) => severity === 'error')
  if (failed) throw new Error(failed.formattedMessage)
  return output
}

/** Files and everything they import, named as Forge names them: from the repository's root. */
function sourcesOf(files: readonly string[]): Record<string, { content: string }> {
  const sources: Record<string, { content: string }> = {}
  const visit = (path: string): void => {
    if (sources[`packages/contracts/${path}`]) return
    const content = readFileSync(new URL(path, root), 'utf8')
    sources[`packages/contracts/${path}`] = { content }
    for (const [, imported] of content.matchAll(/from "([^"]+)";/g)) {
      visit(normalize(join(dirname(path), imported as string)))
    }
  }
  files.forEach(visit)
  return Object.fromEntries(Object.entries(sources).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
