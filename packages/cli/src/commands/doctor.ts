import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput } from '../output.ts'
import { checkHome, checkMachine, type Finding } from '../participant/doctor.ts'
import { checkNetwork } from '../participant/doctorNetwork.ts'
import { secondsOf } from '../participant/open.ts'

type DoctorOptions = GlobalOptions & { readonly network?: string; readonly wait: string }

/** `medrec doctor`: what is well here, what is not, and what to do. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine, the home and the network')
    .option('--network <file>', 'description of the network (default: network.json of --home)')
    .option('--wait <seconds>', 'how long to wait for each door', '5')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DoctorOptions>()
      const home = resolve(options.home)
      const file = resolve(options.network ?? join(home, 'network.json'))
      const clock = (): number => Date.now() / 1_000
      const patience = secondsOf(options.wait)
      const findings = [
        ...checkMachine(),
        ...(await checkHome(home)),
        ...(await checkNetwork(file, { clock, patience })),
      ]
      const failed = findings.filter(({ state }) => state === 'fail').length
      openOutput(options.json ?? false).result(
        { ok: failed === 0, findings },
        textOf(findings, failed),
      )
      if (failed > 0) process.exitCode = 1
    })
}

function textOf(findings: readonly Finding[], failed: number): string {
  const lines = findings.flatMap(({ check, state, found, whatToDo }) => [
    `${state.padEnd(4)}  ${check}: ${found}`,
    ...(whatToDo === undefined ? [] : [`      ${whatToDo}`]),
  ])
  const end = failed === 0 ? 'All is well.' : `${failed} of ${findings.length} checks failed.`
  return [...lines, '', end].join('\n')
}
