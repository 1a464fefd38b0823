import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { MerkleMap, random } from '@medrec/protocol'
import { progress } from './progress.ts'
import { median, pairedRow, type Round, type Row, row } from './Row.ts'

/** Pointers in the map: those of an institution with some hundred thousand patients. */
const pointers = 1_000_000
const rounds = 7
/** Updates and proofs measured, in rounds beside OpenSSL. */
const updates = 10_000
const proofs = 10_000
/** How long `openssl speed` counts, in seconds. */
const openSslSeconds = 1

type Leaf = readonly [key: Uint8Array, leaf: Uint8Array]

/**
 * The pointer map of a large institution: building, updating, proving, beside OpenSSL's SHA-256 of as many
 * nodes.
 */
export async function run(): Promise<Row[]> {
  const leaves = Array.from({ length: pointers }, (): Leaf => [random(32), random(32)])
  progress('map: building')
  const nodeMs = await openSslNodeMs()
  const before = process.memoryUsage().rss
  const [map, buildMs] = cpuOf(() => MerkleMap.of(leaves))
  const inner = innerNodes(map)
  const megabytes = (process.memoryUsage().rss - before) / 1e6
  const measured = await inRounds(map, leaves)
  return [
    row(
      `build of ${pointers} pointers (${inner} nodes)`,
      buildMs,
      'ms CPU',
      'OpenSSL, as many SHA-256',
      inner * nodeMs,
    ),
    row('memory of the map', megabytes, 'MB', 'its hashes alone', ((inner + pointers) * 32) / 1e6),
    pairedRow(
      `${updates} updates`,
      'ms CPU',
      'OpenSSL, as many SHA-256 as nodes changed',
      measured.updates,
    ),
    row(
      'nodes of a path',
      median(measured.depths),
      'nodes',
      'log2 of the pointers',
      Math.log2(pointers),
    ),
    pairedRow(`${proofs} proofs checked`, 'ms CPU', 'OpenSSL, as many SHA-256', measured.checks),
    pairedRow(`${proofs} proofs made`, 'ms CPU', 'checking them', measured.proofs),
  ]
}

/** Rounds of updates and proofs, each beside OpenSSL in the same round. */
async function inRounds(
  map: MerkleMap.MerkleMap,
  leaves: readonly Leaf[],
): Promise<{ [step in 'updates' | 'checks' | 'proofs']: Round[] } & { depths: number[] }> {
  const measured = { updates: [], checks: [], proofs: [], depths: [] } as Awaited<
    ReturnType<typeof inRounds>
  >
  let current = map
  for (let round = 0; round < rounds; round++) {
    progress(`map: round ${round + 1} of ${rounds}`)
    const nodeMs = await openSslNodeMs()
    const chosen = Array.from({ length: updates }, (_, i) => leafAt(leaves, round * updates + i))
    const changed = chosen.map(([key]): Leaf => [key, random(32)])
    const [next, updateMs] = cpuOf(() =>
      changed.reduce((known, [key, leaf]) => MerkleMap.set(known, key, leaf), current),
    )
    current = next
    const [paths, proveMs] = cpuOf(() =>
      changed.slice(0, proofs).map(([key]) => MerkleMap.path(current, key) ?? []),
    )
    const [wrong, checkMs] = cpuOf(() =>
      changed.filter((leaf, i) => !leads(current, leaf, paths[i])),
    )
    if (wrong.length > 0) throw new Error(`${wrong.length} proofs do not lead to the root`)
    const nodes = paths.reduce((sum, path) => sum + path.length, 0)
    measured.updates.push({ value: updateMs, peer: nodes * nodeMs })
    measured.checks.push({ value: checkMs, peer: nodes * nodeMs })
    measured.proofs.push({ value: proveMs, peer: checkMs })
    measured.depths.push(nodes / paths.length)
  }
  return measured
}

function leads(
  map: MerkleMap.MerkleMap,
  [key, leaf]: Leaf,
  path: readonly Uint8Array[] | undefined,
): boolean {
  return (
    path !== undefined && Buffer.compare(MerkleMap.rootFromPath(key, leaf, path), map.root) === 0
  )
}

function leafAt(leaves: readonly Leaf[], i: number): Leaf {
  return leaves[i % leaves.length] as Leaf
}

/** Inner nodes of a map: as many hashes as building it takes. */
function innerNodes({ top }: MerkleMap.MerkleMap): number {
  const waiting = [top]
  let count = 0
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ('key' in node) continue
    count += 1
    if (node.left) waiting.push(node.left)
    if (node.right) waiting.push(node.right)
  }
  return count
}

function cpuOf<T>(work: () => T): readonly [result: T, ms: number] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [result, (user + system) / 1_000]
}

/** Milliseconds of CPU that OpenSSL takes for SHA-256 of one node: 64 bytes and a prefix are two blocks. */
async function openSslNodeMs(): Promise<number> {
  const args = [
    'speed',
    '-mr',
    '-seconds',
    String(openSslSeconds),
    '-bytes',
    '65',
    '-evp',
    'sha256',
  ]
  const child = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  const bytesPerSecond = Number(/^\+F:\d+:[^:]+:([\d.]+)$/m.exec(text)?.[1])
  if (code !== 0 || !(bytesPerSecond > 0)) throw new Error('`openssl speed` does not run here')
  return (65 / bytesPerSecond) * 1_000
}
