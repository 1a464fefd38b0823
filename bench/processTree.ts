import { readdirSync, readFileSync } from 'node:fs'

/** Memory of processes in MB: resident sets, and proportional ones, which count a shared page once. */
export type Memory = {
  readonly processes: number
  readonly resident: number
  readonly proportional: number
}

/** Memory of a process and all its descendants (Linux, proc(5): smaps_rollup). */
export function memoryOfTree(pid: number): Memory {
  const tree = descendants(pid)
  const read = tree.flatMap((member) => memoryOf(member) ?? [])
  const sum = (values: readonly number[]): number =>
    Math.round(values.reduce((a, b) => a + b, 0) / 1_024)
  return {
    processes: read.length,
    resident: sum(read.map(({ rss }) => rss)),
    proportional: sum(read.map(({ pss }) => pss)),
  }
}

function descendants(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name))
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i] as number) ?? []))
  return found
}

function parentOf(pid: number): number | undefined {
  const [, after] = contentOf(`/proc/${pid}/stat`)?.split(') ') ?? []
  return after === undefined ? undefined : Number(after.split(' ')[1])
}

/** In kB. */
function memoryOf(pid: number): { readonly rss: number; readonly pss: number } | undefined {
  const text = contentOf(`/proc/${pid}/smaps_rollup`)
  if (text === undefined) return undefined
  const member = (name: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`))
    return Number(line?.split(/\s+/)[1] ?? 0)
  }
  return { rss: member('Rss'), pss: member('Pss') }
}

/** Undefined for a process that ended meanwhile. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
