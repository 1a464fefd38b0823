import type { Command } from 'commander'
import { openOutput } from '../output.ts'

/** `medrec node`: runs one node until it is told to stop. */
export function addNode(program: Command): void {
  program
    .command('node')
    .description('run one node: chain, registrar, provider, portal, patient or relay')
    .requiredOption('--config <file>', 'its configuration (TOML; see docs/operations.md)')
    .action(async ({ config }: { config: string }) => {
      const { runNode } = await import('@medrec/node')
      await runNode({ file: config, say: openOutput(false).progress })
    })
}
