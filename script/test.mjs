// Runs Forge's tests, then Vitest's, and ends with one line: `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, checkNode, install, root } from './prepare.mjs'

checkNode()
install()
build()

const filters = process.argv.slice(2)
/** A program whose registry does not hand it out any more. */
const without = process.env.MEDREC_WITHOUT || undefined
const results = filters.length > 0 ? [vitest()] : [forge(), vitest()]
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

function forge() {
  const binary = findForge()
  if (!binary) return missing('Forge (contract tests)', '@foundry-rs/forge-linux-amd64')
  const { status, stdout, stderr } = spawnSync(binary, ['test', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const suites = suitesOf(stdout)
  if (!suites) {
    process.stderr.write(`Forge could not run:\n${stdout}\n${stderr}\n`)
    return { passed: 0, failed: 1 }
  }
  const tests = Object.entries(suites).flatMap(([suite, { test_results }]) =>
    Object.entries(test_results).map(([name, { status, reason }]) => ({
      name: `${suite} ${name}`,
      isGood: status === 'Success',
      reason,
    })),
  )
  const bad = tests.filter(({ isGood }) => !isGood)
  for (const { name, reason } of bad)
    process.stdout.write(`FAIL ${name}\n     ${reason ?? 'no reason given'}\n`)
  process.stdout.write(`Contracts: ${tests.length - bad.length} passed, ${bad.length} failed\n`)
  return {
    passed: tests.length - bad.length,
    failed: bad.length || (status === 0 && tests.length > 0 ? 0 : 1),
  }
}

/** npm's wrapper of Forge exits 0 when tests fail, so the binary itself is called. */
function findForge() {
  try {
    return createRequire(import.meta.url).resolve('@foundry-rs/forge-linux-amd64/bin/forge')
  } catch {
    return spawnSync('forge', ['--version']).status === 0 ? 'forge' : undefined
  }
}

function suitesOf(stdout) {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf('{')))
  } catch {
    return undefined
  }
}

function missing(what, where) {
  const isFailure = process.env.CI === 'true'
  process.stdout.write(`${isFailure ? 'FAIL' : 'SKIPPED'} ${what}: ${where} is not installed\n`)
  return { passed: 0, failed: isFailure ? 1 : 0 }
}

function vitest() {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-test-'))
  const report = join(folder, 'report.json')
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...filters,
      ],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        // Tests of whole processes run what was just built.
        env: { ...process.env, MEDREC_TEST_BUILT: '1' },
      },
    )
    return counts(report, status)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** With CI=true a skipped test is a failure: everything it needs is installed there, or named in MEDREC_WITHOUT. */
function counts(path, status) {
  let report
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { passed: 0, failed: 1 }
  }
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const excused = skipped.filter(({ fullName }) => lacksWhatCannotBeHad(fullName))
  if (skipped.length > 0)
    process.stdout.write(`${skipped.length} skipped (each says above what it lacks)\n`)
  if (excused.length > 0)
    process.stdout.write(
      `${excused.length} of them because ${without} could not be had here: they show nothing in this run\n`,
    )
  const { numPassedTests, numFailedTests } = report
  const unexcused = process.env.CI === 'true' ? skipped.length - excused.length : 0
  const failed = numFailedTests + unexcused
  return { passed: numPassedTests, failed: failed || (status === 0 ? 0 : 1) }
}

/** Whether a test's name says that it needs the one program that `.ci/run` found to be withdrawn. */
function lacksWhatCannotBeHad(name) {
  return without !== undefined && new RegExp(`\\(needs? ${without}\\b`).test(name)
}
