import { Command } from 'commander'
import { addDemo } from './commands/demo.ts'
import { addNode } from './commands/node.ts'

/** The `medrec` command with all that it can do. */
export function newProgram(): Command {
  const program = new Command('medrec')
    .description(
      'Medical records that follow the patient: shared field by field, proven unchanged.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--home <folder>', 'folder of the demonstration or of your own records', '.medrec')
    .option('--as <name>', 'who acts: a person of the demonstration, or your own name')
    .option('--json', 'one JSON object a line, for scripts')
  addDemo(program)
  addNode(program)
  return program
}

/** Options that every command has. */
export type GlobalOptions = {
  readonly home: string
  readonly as?: string
  readonly json?: boolean
}
