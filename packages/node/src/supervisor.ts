import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { MedrecError } from '@medrec/protocol'
import type { ChildMessage } from './parentProcess.ts'

/** A process to run: `args` follow the program's own path. */
export type Task = {
  readonly name: string
  readonly args: readonly string[]
  /** Receives standard output and error */
  readonly logFile: string
  /** Largest heap of long-lived objects, in MB */
  readonly heapMb?: number
  readonly onProgress?: (text: string) => void
}

export type Supervisor = {
  /** Starts a process and keeps it running until `stop`; resolves with its address once it is ready. */
  keep(task: Task): Promise<string>
  /** Runs a process to its end. Throws ProcessFailedError. */
  run(task: Task): Promise<void>
  /** Ids of the processes that run now, by name. */
  pids(): ReadonlyMap<string, number>
  /** Ends every process, newest first; stopping twice is fine. */
  stop(): Promise<void>
}

export type SupervisorOptions = {
  /** Script that every process runs, usually the one that runs now */
  readonly script: string
  /** Seconds that only grow, whatever is done to the clock */
  readonly elapsed: () => number
  /** A process that was ready ended by itself and is started again */
  readonly onRestart?: (name: string) => void
  /** It is ready again */
  readonly onReadyAgain?: (name: string) => void
  /** A process cannot be kept running; everything should be stopped */
  readonly onGivenUp?: (error: MedrecError) => void
}

type Kept = {
  readonly task: Task
  child: ChildProcess
  isReady: boolean
  /** Whether this life or one before was ready */
  wasReady: boolean
  failure: (ChildMessage & { type: 'failed' }) | undefined
  starts: number[]
  readonly settle: { resolve: (url: string) => void; reject: (error: Error) => void }
}

/** Starts within one minute before a process is given up */
const mostStarts = 6
/** Starts within one minute of a process that waits for another one, such as the chain */
const mostWaitingStarts = 30
const waitMs = 1_000
/** A process that does not end when it is asked to is killed after this time */
const patienceMs = 10_000

/** Starts processes, restarts those that end by themselves, and stops all of them together. */
export function openSupervisor(options: SupervisorOptions): Supervisor {
  const kept = new Map<string, Kept>()
  const passing = new Set<ChildProcess>()
  let stopping: Promise<void> | undefined

  const launch = (entry: Kept): void => {
    const now = options.elapsed()
    entry.starts = [...entry.starts.filter((time) => now - time < 60), now]
    entry.child = start(options.script, entry.task)
    entry.isReady = false
    entry.failure = undefined
    entry.child.on('message', (message: ChildMessage) => {
      if (message.type === 'progress') entry.task.onProgress?.(message.text)
      if (message.type === 'failed') entry.failure = message
      if (message.type !== 'ready') return
      entry.isReady = true
      if (entry.wasReady) options.onReadyAgain?.(entry.task.name)
      entry.wasReady = true
      entry.settle.resolve(message.url)
    })
    entry.child.once('exit', (code, signal) => ended(entry, code, signal))
  }
  const ended = (entry: Kept, code: number | null, signal: string | null): void => {
    if (stopping !== undefined) {
      entry.settle.reject(new ProcessFailedError(entry.task, undefined, code ?? signal))
      return
    }
    const wasEverReady = entry.isReady || entry.starts.length > 1
    const { failure } = entry
    if (failure?.mayPass && entry.starts.length <= mostWaitingStarts) {
      setTimeout(() => stopping === undefined && launch(entry), waitMs)
      return
    }
    if (!failure && wasEverReady && entry.starts.length <= mostStarts) {
      options.onRestart?.(entry.task.name)
      launch(entry)
      return
    }
    const error = new ProcessFailedError(entry.task, failure?.message, code ?? signal)
    entry.settle.reject(error)
    if (wasEverReady) options.onGivenUp?.(error)
  }

  return {
    keep: (task) =>
      new Promise<string>((resolve, reject) => {
        const settle = { resolve, reject }
        const entry = {
          task,
          settle,
          isReady: false,
          wasReady: false,
          failure: undefined,
          starts: [],
        }
        const whole = entry as unknown as Kept
        kept.set(task.name, whole)
        launch(whole)
      }),
    run: (task) => runOnce(options.script, task, passing),
    pids: () => new Map([...kept].map(([name, { child }]) => [name, child.pid as number])),
    stop: () => {
      stopping ??= stopAll([...[...kept.values()].map(({ child }) => child), ...passing])
      return stopping
    },
  }
}

function start(script: string, task: Task): ChildProcess {
  const log = openSync(task.logFile, 'a', 0o600)
  const heap = [`--max-semi-space-size=${2}`, `--max-old-space-size=${task.heapMb ?? 256}`]
  // A supervisor that runs from source (tsx) hands its flags on.
  const flags = [...process.execArgv.filter((flag) => !flag.startsWith('--max-')), ...heap]
  try {
    return spawn(process.execPath, [...flags, script, ...task.args], {
      stdio: ['ignore', log, log, 'ipc'],
      // Its own process group: Ctrl-C reaches the supervisor alone, which stops the others in order.
      detached: true,
    })
  } finally {
    closeSync(log)
  }
}

function runOnce(script: string, task: Task, passing: Set<ChildProcess>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = start(script, task)
    passing.add(child)
    let failure: string | undefined
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'progress') task.onProgress?.(message.text)
      if (message.type === 'failed') failure = message.message
    })
    child.once('exit', (code, signal) => {
      passing.delete(child)
      if (code === 0) resolve()
      else reject(new ProcessFailedError(task, failure, code ?? signal))
    })
  })
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children.toReversed()) await stopOne(child)
}

function stopOne(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

/** A process of this network did not start, or ended too often. */
export class ProcessFailedError extends MedrecError {
  readonly code = 'PROCESS_FAILED'
  constructor(task: Task, message: string | undefined, ending: number | string | null) {
    super(`The ${task.name} process ended (${ending ?? 'no reason given'}).`, {
      facts: [...(message === undefined ? [] : [message]), `Its log: ${task.logFile}`],
    })
  }
}
