import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '8.8.0'

/** Where the server is kept once it is fetched: the user's cache folder, never the project's. */
const folder: string =
  process.env['MEDREC_FHIR_SERVER'] ??
  join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'medrec',
    `fhir-server-${version}`,
  )

/** Whether the FHIR server is there; without it the tests that need it are skipped by name. */
export const hasFhirServer: boolean = existsSync(join(folder, 'TestServer.class'))

/** Fetches the server's libraries by Maven (286 MB) and compiles its start, unless that was done. Throws with words for a person. */
export function buildFhirServer(): string {
  if (hasFhirServer) return folder
  mkdirSync(join(folder, '..'), { recursive: true })
  const building = mkdtempSync(`${folder}-`)
  try {
    for (const name of ['pom.xml', 'TestServer.java'])
      cpSync(fileURLToPath(new URL(name, import.meta.url)), join(building, name))
    run(building, 'mvn', [
      ...['--batch-mode', '--no-transfer-progress', '--quiet', 'dependency:copy-dependencies'],
      ...['-DincludeScope=runtime', '-DoutputDirectory=lib'],
    ])
    run(building, 'javac', ['-nowarn', '-cp', 'lib/*', 'TestServer.java'])
    renameSync(building, folder)
    return folder
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

/** A FHIR server of a test's own, empty. */
export type FhirServer = { readonly base: string; close(): Promise<void> }

/** Starts the server on a free port; it ends with this process. */
export async function startFhirServer(): Promise<FhirServer> {
  const child = spawn(
    'java',
    [
      ...['-Xmx1g', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'],
      ...['-cp', `${join(folder, 'lib')}/*${delimiter}${folder}`, 'TestServer'],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const base = await ready(child)
  // It composes the description of itself when it is first asked, which on a busy machine takes a minute.
  await (await fetch(`${base}/metadata`)).arrayBuffer()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return {
    base,
    close: async () => {
      child.stdin?.end()
      child.kill('SIGKILL')
      await ended
    },
  }
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
      const base = /^READY (\S+)\s/m.exec(said)?.[1]
      if (base !== undefined) resolve(base)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The FHIR server ended (${code}).`)))
  })
}

function run(cwd: string, program: string, words: readonly string[]): void {
  const { status, error } = spawnSync(program, words, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error)
    throw new Error(
      `The FHIR server of the tests is fetched with Maven and a JDK; ${program} is not installed.\n` +
        'Install both (Debian: apt install maven default-jdk-headless) and try again.',
    )
  if (status !== 0) throw new Error(`${program} could not do its part; it says above why.`)
}
