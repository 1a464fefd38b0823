import { spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes that every file may have where a disk is said to be full by a limit. */
const smallestFile = 4_096
/** Room on a machine's disk, in MB: enough for its files twice. */
const sizeMb = 24

/**
 * A machine's disk: a file system of its own in memory where we may mount one (root), which then really runs
 * full; else a folder, with a limit on files.
 */
export class Disk {
  readonly #root: string
  readonly isMounted: boolean
  #generation = 0

  constructor() {
    this.#root = mkdtempSync(join(tmpdir(), 'medrec-disk-'))
    const options = ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=700`, 'tmpfs', this.#root]
    this.isMounted = spawnSync('mount', options, { stdio: 'ignore' }).status === 0
    mkdirSync(this.#folder())
    disks.add(this)
  }

  path(file: string): string {
    return join(this.#folder(), file)
  }

  /**
   * What stands in the files at this very moment is what the next start finds; whoever has them open goes on
   * with files that nobody sees any more. This is what SIGKILL leaves: every write that was made, none after.
   */
  cut(): void {
    const before = this.#folder()
    this.#generation++
    cpSync(before, this.#folder(), { recursive: true })
    rmSync(before, { recursive: true }) // open files live on until they are closed
  }

  /** Leaves no byte free (ENOSPC), or so many. */
  fill(but = 0): void {
    if (!this.isMounted) {
      limitFiles(smallestFile + but)
      return
    }
    const filler = join(this.#root, 'filler')
    const file = openSync(filler, 'a')
    try {
      for (let size = 1 << 20; size >= 1; size >>= 4) writeWhileRoom(file, Buffer.alloc(size))
    } finally {
      closeSync(file)
    }
    if (but > 0) truncateSync(filler, Math.max(0, statSync(filler).size - but))
  }

  makeRoom(): void {
    if (!this.isMounted) limitFiles('unlimited')
    rmSync(join(this.#root, 'filler'), { force: true })
  }

  remove(): void {
    disks.delete(this)
    if (this.isMounted) spawnSync('umount', ['-l', this.#root], { stdio: 'ignore' })
    rmSync(this.#root, { recursive: true, force: true })
  }

  #folder(): string {
    return join(this.#root, String(this.#generation))
  }
}

/**
 * Without a file system of our own: no file of this process grows beyond so many bytes (RLIMIT_FSIZE), which
 * fills the disks of all machines at once.
 */
function limitFiles(bytes: number | 'unlimited'): void {
  const limit = ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]
  const { status } = spawnSync('prlimit', limit, { stdio: 'ignore' })
  if (status !== 0) throw new Error('a full disk needs root (mount) or prlimit (util-linux)')
}

function writeWhileRoom(file: number, bytes: Buffer): void {
  for (;;)
    try {
      if (writeSync(file, bytes) < bytes.length) return
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOSPC') return
      throw error
    }
}

const disks = new Set<Disk>()
process.on('SIGXFSZ', () => undefined) // a limit is an error of the write, not the end of us
// Whatever ends us, no file system stays mounted.
process.on('exit', () => {
  for (const disk of [...disks]) disk.remove()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(1))
