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
// Whatever connection a command left open must not keep it from ending.
process.exit()
