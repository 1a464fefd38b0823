// Which contracts are published to TypeScript, and how the generated file looks.

export type Contract = { readonly name: string; readonly file: string }
export type Artifact = { readonly abi: readonly unknown[]; readonly bytecode: string }

export const contracts: readonly Contract[] = [
  { name: 'Registrar', file: 'src/Registrar.sol' },
  { name: 'Ledger', file: 'src/Ledger.sol' },
  { name: 'PaperRegistrar', file: 'test/baseline/Paper.sol' },
  { name: 'PaperRelationship', file: 'test/baseline/Paper.sol' },
  { name: 'PaperSummary', file: 'test/baseline/Paper.sol' },
]

/** Text of a contract's file under generated/. */
export function sourceOf(contract: Contract, artifact: Artifact): string {
  return [
    `// Generated from ${contract.file}. Do not edit.`,
    `export const abi = ${JSON.stringify(artifact.abi)} as const`,
    `export const bytecode = '${artifact.bytecode}' as const`,
    '',
  ].join('\n\n')
}
