#!/usr/bin/env node
import { CommanderError } from 'commander'
import { exitCodeOf, printError } from './output.ts'
import { newProgram } from './program.ts'

try {
  await newProgram().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    printError(error, process.argv.includes('--json'))
    process.exitCode = exitCodeOf(error)
  }
}
// A pipe takes what was written in its own time: it has to be out before the process ends.
await Promise.all([process.stdout, process.stderr].map(written))
// Whatever connection a command left open must not keep it from ending.
process.exit()

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve()) // whoever read it has left
    stream.write('', () => resolve())
  })
}
