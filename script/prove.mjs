// `npm run prove [-- --calls N]`: the contracts a second time, by tools that share nothing with Forge. Installs them
// into packages/contracts/proof/.tools on the first run (Python 3.11, about 300 MB).
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './prepare.mjs'

const { values } = parseArgs({ options: { calls: { type: 'string', default: '4000' } } })
const contracts = join(root, 'packages/contracts')
const proof = join(contracts, 'proof')
const tools = join(proof, '.tools')
const python = ['slither-analyzer==0.11.6', 'halmos==0.3.3']
const echidna = '@crytic/echidna@0.0.6'
const fuzzer = join(
  tools,
  'node_modules/@crytic/echidna/bin/echidna/2.0.2/Ubuntu-18.04/echidna-test',
)
const path = [join(tools, 'bin'), process.env.PATH].join(delimiter)
const read = (name) => JSON.parse(readFileSync(join(proof, name), 'utf8'))

install()
const work = mkdtempSync(join(tmpdir(), 'medrec-prove-'))
let failed = 0
try {
  failed += slither() + halmos() + sequences()
} finally {
  rmSync(work, { recursive: true })
}
say(`${failed} failed`)
process.exit(failed > 0 ? 1 : 0)

function install() {
  if (!existsSync(join(tools, 'bin/halmos'))) {
    run('python3', ['-m', 'venv', tools])
    run(join(tools, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...python])
  }
  if (!existsSync(fuzzer))
    run('npm', [
      'install',
      '--prefix',
      tools,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      echidna,
    ])
  const forge = createRequire(import.meta.url).resolve('@foundry-rs/forge-linux-amd64/bin/forge')
  for (const [name, target] of [
    ['solc', join(contracts, 'script/solc.mjs')],
    ['forge', forge],
  ]) {
    rmSync(join(tools, 'bin', name), { force: true })
    symlinkSync(target, join(tools, 'bin', name))
  }
}

/** A copy of the sources where no other configuration is found. */
function copy(name, isForge) {
  const folder = join(work, name)
  mkdirSync(join(folder, 'proof'), { recursive: true })
  cpSync(join(contracts, 'src'), join(folder, 'src'), { recursive: true })
  // Forge takes every contract there is; the search takes one.
  const isNeeded = (file) => file.endsWith('.sol') && (!isForge || file !== 'Sequences.sol')
  for (const file of readdirSync(proof).filter(isNeeded))
    cpSync(join(proof, file), join(folder, 'proof', file))
  if (isForge) cpSync(join(proof, 'foundry.toml'), join(folder, 'foundry.toml'))
  symlinkSync(join(contracts, 'script/solc.mjs'), join(folder, 'solc.mjs'))
  return folder
}

/** Every finding is explained, and every explanation has its finding. */
function slither() {
  const cwd = copy('slither', false)
  const found = ['Ledger', 'Registrar'].flatMap((name) => {
    const json = join(cwd, `${name}.json`)
    run('slither', [`src/${name}.sol`, '--compile-force-framework', 'solc', '--json', json], {
      cwd,
      mayFail: true,
    })
    return JSON.parse(readFileSync(json, 'utf8')).results.detectors.map(nameOf)
  })
  const explained = read('findings.json')
  const unexplained = [...new Set(found)].filter((name) => !(name in explained))
  const stale = Object.keys(explained).filter((name) => !found.includes(name))
  for (const name of unexplained) say(`FAIL slither, not explained: ${name}`)
  for (const name of stale) say(`FAIL slither, explained and not found: ${name}`)
  say(`slither: ${new Set(found).size} findings, ${unexplained.length} not explained`)
  return unexplained.length + stale.length
}

function nameOf({ check, elements: [{ name, type_specific_fields }] }) {
  const parent = type_specific_fields?.parent
  const outer = parent?.type_specific_fields?.parent
  return `${check} ${[outer?.name, parent?.name, name].filter(Boolean).join('.')}`
}

/** Proofs for every state, key, signature and time. */
function halmos() {
  const proofs = proofsIn(copy('halmos', true))
  const bad = [...proofs].filter(([, isProven]) => !isProven)
  for (const [name] of bad) say(`FAIL halmos: ${name}`)
  say(`halmos: ${proofs.size - bad.length} of ${proofs.size} proven`)
  const isNoticed = (folder, wanted) => proofsIn(folder, wanted).get(wanted) === false
  return bad.length + (proofs.size === 0 ? 1 : 0) + bugsIn('proof', true, isNoticed)
}

/** Bugs that are put into the contracts are noticed by the proof, or by the invariant, that speaks of them. */
function bugsIn(by, isForge, isNoticed) {
  let alive = 0
  const all = read('bugs.json').filter((bug) => by in bug)
  for (const [i, { name, file, find, put, [by]: wanted }] of all.entries()) {
    const folder = copy(`${by}${i}`, isForge)
    const source = join(folder, 'src', file)
    const parts = readFileSync(source, 'utf8').split(find)
    if (parts.length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`)
    writeFileSync(source, parts.join(put))
    const isFound = isNoticed(folder, wanted)
    if (!isFound) say(`FAIL not noticed by ${wanted}: ${name}`)
    alive += isFound ? 0 : 1
  }
  say(`${isForge ? 'halmos' : 'echidna'}: ${all.length - alive} of ${all.length} bugs noticed`)
  return alive
}

function proofsIn(cwd, only = 'check_') {
  const options = ['--match-contract', 'Proof$', '--function', only]
  const { stdout } = run('halmos', options, { cwd, mayFail: true })
  const told = stdout.matchAll(/\[(PASS|FAIL|ERROR|TIMEOUT)\]\S* (check_\w+)/g)
  return new Map([...told].map(([, verdict, name]) => [name, verdict === 'PASS']))
}

/** Random sequences of signed and forged records, 25 to a call; and the invariants notice bugs. */
function sequences() {
  const calls = Number(values.calls)
  const told = invariantsIn(copy('echidna', false), calls)
  const bad = [...told].filter(([, holds]) => !holds)
  for (const [name] of bad) say(`FAIL echidna: ${name}`)
  say(`echidna: ${told.size - bad.length} of ${told.size} invariants hold after ${calls} calls`)
  return bad.length + (told.size === 0 ? 1 : 0) + bugsIn('invariant', false, searched)
}

/** What a search finds in a copy of the contracts, by the name of each invariant. */
function invariantsIn(cwd, calls) {
  const config = ['seqLen: 40', 'seed: 20160822', 'format: text', 'coverage: false']
  // The ledger stands in the contract that sends the records; random calls of its own functions would find nothing.
  config.push('codeSize: 0xffff', 'filterBlacklist: false')
  config.push('filterFunctions: ["Sequences.many(uint256)"]')
  config.push('cryticArgs: ["--compile-force-framework", "solc"]', `testLimit: ${calls}`)
  writeFileSync(join(cwd, 'echidna.yaml'), `${config.join('\n')}\n`)
  const options = ['proof/Sequences.sol', '--contract', 'Sequences', '--config', 'echidna.yaml']
  const { stdout } = run(fuzzer, options, { cwd, mayFail: true })
  const told = stdout.matchAll(/^(echidna_\w+):\s+(\w+)/gm)
  return new Map([...told].map(([, name, verdict]) => [name, verdict.startsWith('pass')]))
}

function searched(cwd, wanted) {
  return invariantsIn(cwd, 400).get(wanted) === false
}

function run(command, options, { cwd = root, mayFail = false } = {}) {
  const env = { ...process.env, PATH: path }
  const ended = spawnSync(command, options, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (ended.error) throw ended.error
  if (ended.status !== 0 && !mayFail)
    throw new Error(`${command} ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`)
  return ended
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
