// Storage layouts and gas snapshots: `--check` compares with what is committed, without it they are written.
// With it, also that the bytecode under generated/ is the one that Forge builds and tests.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Layout = {
  readonly storage: readonly {
    readonly label: string
    readonly slot: string
    readonly offset: number
    readonly type: string
  }[]
  readonly types: Record<
    string,
    { readonly label: string; readonly numberOfBytes: string; readonly members?: Layout['storage'] }
  > | null
}

const root = new URL('..', import.meta.url)
const check = process.argv.includes('--check')

function forge(args: readonly string[]): void {
  const script = fileURLToPath(new URL('script/forge.mjs', root))
  const env = { ...process.env, FORGE_SNAPSHOT_CHECK: String(check) }
  const { status } = spawnSync(process.execPath, [script, ...args], { env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

function bytecodeOf(name: string): string {
  return JSON.parse(read(`out/${name}.sol/${name}.json`)).bytecode.object as string
}

/** Without the compiler's node numbers, which change with every unrelated edit. */
function stable(name: string): string {
  const artifact = JSON.parse(read(`out/${name}.sol/${name}.json`))
  const { storage, types } = artifact.storageLayout as Layout
  const clean = (text: string): string => text.replace(/\)\d+_/g, ')_')
  const row = (item: Layout['storage'][number]): string =>
    `slot ${item.slot} offset ${item.offset} ${item.label}: ${clean(item.type)}`
  const structs = Object.entries(types ?? {}).flatMap(([type, { members, numberOfBytes }]) =>
    members
      ? [`${clean(type)} (${numberOfBytes} bytes)`, ...members.map((m) => `  ${row(m)}`)]
      : [],
  )
  return `${[...storage.map(row), ...structs].join('\n')}\n`
}

forge(['test', '--match-path', 'packages/contracts/test/Ledger.gas.t.sol'])
mkdirSync(new URL('layout/', root), { recursive: true })
for (const name of ['Ledger', 'Registrar']) {
  if (check && !read(`generated/${name}.ts`).includes(`'${bytecodeOf(name)}'`)) {
    console.error(
      `Forge tests another bytecode of ${name} than is committed: run the script "build".`,
    )
    process.exit(1)
  }
  const file = new URL(`layout/${name}.txt`, root)
  const layout = stable(name)
  if (!check) writeFileSync(file, layout)
  else if (readFileSync(file, 'utf8') !== layout) {
    console.error(
      `The storage layout of ${name} changed: run the script "snapshot", review the diff.`,
    )
    process.exit(1)
  }
}
