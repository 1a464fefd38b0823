import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { circularImports, importsAmong } from './importCircles.test-support.ts'

/** Lowest first: a package may depend only on packages earlier in this list. */
const layers = [
  'protocol',
  'contracts',
  'interop',
  'records',
  'client',
  'library',
  'gatekeeper',
  'registrar',
  'relay',
  'manager',
  'node',
  'cli',
]

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path))
    .filter((path) => !/(^|\/)(node_modules|dist|generated)\//.test(path))
    .map((path) => `${folder}/${path}`)
}

test('dependencies point down the layers only', () => {
  const upward = layers.flatMap((name) => {
    const { dependencies = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
    return Object.keys(dependencies)
      .filter((dependency) => dependency.startsWith('@medrec/') && dependency !== '@medrec/samples')
      .filter((dependency) => layers.indexOf(dependency.slice(8)) >= layers.indexOf(name))
      .map((dependency) => `${name} -> ${dependency}`)
  })
  expect(upward).toEqual([])
  expect(readdirSync('packages').toSorted()).toEqual(layers.toSorted())
})

const roots = ['packages', 'samples', 'scenarios', 'failures', 'attack', 'bench']

test('no file imports itself by way of others, not even for a type', () => {
  expect(circularImports(importsAmong(roots.flatMap(sources)))).toEqual([])
})

test('a circle of imports is found, and what only leads to it is left out', () => {
  const imports = new Map([
    ['start', ['a']],
    ['a', ['b']],
    ['b', ['c', 'end']],
    ['c', ['a']],
    ['end', []],
  ])
  expect(circularImports(imports)).toEqual(['a -> b', 'b -> c', 'c -> a'])
})

test('every command of a package is a file of the repository: npm links no other', () => {
  const commands = layers.flatMap((name) => {
    const { bin = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
    return Object.values<string>(bin).map((path) => `packages/${name}/${path.replace('./', '')}`)
  })
  const kept = execFileSync('git', ['ls-files', ...commands], { encoding: 'utf8' })
  expect(commands).toEqual(['packages/cli/bin/medrec.mjs'])
  expect(kept.trim().split('\n')).toEqual(commands)
})

test('every error code has its entry in docs/errors.md, and no entry is left over', () => {
  const source = [...sources('packages'), ...sources('samples')]
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  const thrown = [...source.matchAll(/readonly code = '([A-Z0-9_]+)'/g)].map((match) => match[1])
  const documented = readFileSync('docs/errors.md', 'utf8').matchAll(/^## ([A-Z0-9_]+)$/gm)
  expect([...documented].map((match) => match[1])).toEqual([...new Set(thrown)].toSorted())
})

test('every error entry says why and what to do', () => {
  const entries = readFileSync('docs/errors.md', 'utf8').split(/^## /m).slice(1)
  const bare = entries.filter(
    (entry) => !/\*\*Why\*\*/.test(entry) || !/\*\*What to do\*\*/.test(entry),
  )
  expect(bare.map((entry) => entry.split('\n')[0])).toEqual([])
})

test('docs/paper.md names all 168 requirements once, and every file it points at exists', () => {
  const table = readFileSync('docs/paper.md', 'utf8')
  const numbers = [...table.matchAll(/^\| *(\d+) *\|/gm)].map((match) => Number(match[1]))
  expect(numbers).toEqual(Array.from({ length: 168 }, (_, i) => i + 1))
  const named = [...table.matchAll(/`([a-zA-Z0-9_./-]+\.(?:ts|tsx|sol|md|mjs))`/g)].map(
    (match) => match[1] as string,
  )
  const missing = [...new Set(named)].filter((path) => !existsSync(path))
  expect(missing).toEqual([])
})

/** Every file of ours that people write and that may name another. */
function kept(): readonly string[] {
  const patterns = ['*.ts', '*.tsx', '*.mjs', '*.sol', '*.py', 'packages/contracts/proof/*.json']
  return execFileSync('git', ['ls-files', ...patterns], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((path) => existsSync(path))
}

test('nothing is grouped by what Node 20 and browsers before 2024 do not have', () => {
  const grouping = kept()
    .filter((path) => /\.tsx?$/.test(path))
    .filter((path) => /\b(Map|Object)\.groupBy\(/.test(readFileSync(path, 'utf8')))
  expect(grouping).toEqual([])
})

test('no file that people write has more than 400 lines', () => {
  const written = kept().filter((path) => !/\/generated\/|\.json$/.test(path))
  const lines = (path: string): number => readFileSync(path, 'utf8').trimEnd().split('\n').length
  expect(written.filter((path) => lines(path) > 400)).toEqual([])
})

/** Folders that a file may name another from: the project, its documents, its own folder, its package. */
function bases(path: string): readonly string[] {
  return ['.', 'docs', dirname(path), path.split('/').slice(0, 2).join('/')]
}

test('no comment points at a text that is not in the project', () => {
  const named = kept().flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const missing = [...text.matchAll(/(?<![\w./-])[\w./-]+\.md\b/g)]
      .map(([name]) => name)
      .filter((name) => !bases(path).some((base) => existsSync(join(base, name))))
    const foreign = text.match(/\b(?:DESIGN|REQUIREMENTS) \d|[ (]research(?:: |, [a-z]+ )\d/g) ?? []
    return [...missing, ...foreign].map((what) => `${path}: ${what}`)
  })
  expect(named).toEqual([])
})

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'AGENTS.md', 'CONTRIBUTING.md', 'python/README.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
]

/** What stands in code marks or as a link: files, folders and commands among them. */
function marked(document: string): readonly string[] {
  const text = readFileSync(document, 'utf8')
  return [...text.matchAll(/`([^`\n]+)`|\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}

test.each(documents)('every file and folder of ours that %s names exists', (document) => {
  const top =
    /^(packages|scenarios|failures|attack|bench|samples|script|docs|python)\/[\w./-]*\w\/?$/
  const named = marked(document)
    .flatMap((text) => text.split(/\s+/))
    .filter((word) => top.test(word))
  expect(named.filter((path) => !existsSync(path))).toEqual([])
})

test('every file of the walk through Figure 2 exists, those beside the one before by their names alone too', () => {
  const walk = readFileSync('ARCHITECTURE.md', 'utf8').match(/^\| \d+ \|.*$/gm) ?? []
  const named = walk.flatMap((step) => {
    let folder = ''
    return [...step.matchAll(/`([\w./]+\.\w+)`/g)].map(([, name = '']) => {
      if (name.includes('/')) folder = dirname(name)
      return join(folder, name.slice(name.lastIndexOf('/') + 1))
    })
  })
  expect(walk).toHaveLength(9)
  expect(named.filter((path) => !existsSync(path))).toEqual([])
})

test.each(documents)('every npm command that %s names exists', (document) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const { scripts: ofContracts } = JSON.parse(
    readFileSync('packages/contracts/package.json', 'utf8'),
  ) as { scripts: Readonly<Record<string, string>> }
  const text = readFileSync(document, 'utf8')
  const missing = [...text.matchAll(/npm run (?:-s )?([\w:]+)( -w @medrec\/contracts)?/g)]
    .filter(([, name = '', contracts]) => !(name in (contracts ? ofContracts : scripts)))
    .map(([command]) => command)
  expect(missing).toEqual([])
})

test('threats and decisions have each number once, in order', () => {
  const inOrder = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => i + 1)
  const [threats = '', checked = ''] = readFileSync('docs/threats.md', 'utf8').split(/^## /m)
  for (const table of [threats, checked]) {
    const numbers = [...table.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
    expect(numbers.length).toBeGreaterThan(0)
    expect(numbers).toEqual(inOrder(numbers.length))
  }
  const decisions = readdirSync('docs/decisions').toSorted()
  expect(decisions.map((name) => Number(name.slice(0, 3)))).toEqual(inOrder(decisions.length))
  for (const name of decisions)
    expect(readFileSync(`docs/decisions/${name}`, 'utf8')).toMatch(
      `# ${Number(name.slice(0, 3))}. `,
    )
})
