// `npm run bench`: all figures; `npm run bench -- NAME`: one; `--json`: one object a benchmark; `load --seconds N --rate N`; `bulk --rows N`.
import type { Row } from './Row.ts'

type Bench = () => Promise<readonly Row[]>

/** In the order of docs/benchmarks.md. */
const benches: Readonly<Record<string, () => Promise<{ run: Bench }>>> = {
  gas: () => import('./gas.ts'),
  notify: () => import('./notify.ts'),
  read: () => import('./read/read.ts'),
  bulk: () => import('./bulk/bulk.ts'),
  decide: () => import('./decide.ts'),
  revoke: () => import('./revoke.ts'),
  load: () => import('./load.ts'),
  embedded: () => import('./embedded.ts'),
  network: () => import('./network.ts'),
  restore: () => import('./restore/restore.ts'),
  map: () => import('./map.ts'),
  city: () => import('./city/city.ts'),
}

const args = process.argv.slice(2)
const isJson = args.includes('--json')
const valued = ['--seconds', '--rate', '--rows'] // the load's own, and the bulk's
const wanted = args.filter(
  (argument, i) => !argument.startsWith('--') && !valued.includes(args[i - 1] ?? ''),
)
const unknown = wanted.find((name) => !(name in benches))
if (unknown !== undefined) {
  process.stderr.write(
    `There is no benchmark "${unknown}". Write one of: ${Object.keys(benches).join(', ')}.\n`,
  )
  process.exit(2)
}
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { run } = await load()
  const rows = await run()
  process.stdout.write(
    isJson ? `${JSON.stringify({ bench: name, rows })}\n` : `${tableOf(name, rows)}\n`,
  )
}
process.exit(0)

function tableOf(name: string, rows: readonly Row[]): string {
  return [
    `## ${name}`,
    '',
    '| what | value | unit | beside | value | ratio |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (r) => `| ${r.name} | ${r.value} | ${r.unit} | ${r.peer} | ${r.peerValue} | ${ratioOf(r)} |`,
    ),
    '',
  ].join('\n')
}

function ratioOf({ ratio, spread }: Row): string {
  return spread ? `${ratio} (${spread[0]} to ${spread[1]})` : String(ratio)
}
