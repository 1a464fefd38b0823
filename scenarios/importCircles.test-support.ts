import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

type Sources = { readonly [condition: string]: string | Sources }
type Manifest = { readonly exports?: Sources; readonly imports?: Sources }

/** Every import of one of these files by another of them, imports of types among them. */
export function importsAmong(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(files)
  return new Map(
    files.map((file) => {
      const named = readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([.#@][^']+)'/g)
      const paths = [...named].flatMap(([, name = '']) => sourcesOf(file, name))
      return [file, paths.filter((path) => known.has(path))]
    }),
  )
}

/** Imports that lie on a circle, as `file -> file`: what is left when files that lead nowhere are taken away. */
export function circularImports(
  imports: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  let left = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })))
  for (;;) {
    const importing = new Set(left.map(({ from }) => from))
    const imported = new Set(left.map(({ to }) => to))
    const next = left.filter(({ from, to }) => imported.has(from) && importing.has(to))
    if (next.length === left.length) return left.map(({ from, to }) => `${from} -> ${to}`)
    left = next
  }
}

/** Where an import leads: beside the file, or by what a package of ours says of its sources. */
function sourcesOf(file: string, name: string): readonly string[] {
  if (name.startsWith('.')) return [join(dirname(file), name)]
  if (name.startsWith('#')) {
    const folder = file.split('/').slice(0, 2).join('/')
    return inPackage(folder, manifestOf(folder).imports?.[name])
  }
  const [scope, short = '', ...rest] = name.split('/')
  if (scope !== '@medrec') return []
  const folder = short === 'samples' ? short : `packages/${short}`
  return inPackage(folder, manifestOf(folder).exports?.[['.', ...rest].join('/')])
}

const manifests = new Map<string, Manifest>()

function manifestOf(folder: string): Manifest {
  const path = `${folder}/package.json`
  const read = manifests.get(folder)
  const manifest = read ?? (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {})
  manifests.set(folder, manifest)
  return manifest
}

/** Every source under a condition, so that the browser's counts as much as Node's. */
function inPackage(folder: string, target: string | Sources | undefined): readonly string[] {
  if (target === undefined) return []
  if (typeof target === 'string') return [join(folder, target)]
  return Object.values(target).flatMap((under) => inPackage(folder, under))
}
