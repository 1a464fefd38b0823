import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keepFile, keptFile } from './keptFile.ts'
import type { SavedPlay } from './sealed/play.ts'

/** A moment at which a play can be taken up again. */
export type Checkpoint = {
  readonly saved: SavedPlay
  /** Folder with the town's disk. */
  readonly disk: string
  /** Bytes of the dump up to this moment. */
  readonly dumpSize: number
}

const prefix = 'checkpoint-'
const stateFile = 'state.v8'

/** Keeps a checkpoint in a folder of its own, `checkpoint-<unix seconds>`, and drops the older ones. */
export async function keepCheckpoint(
  folder: string,
  until: number,
  options: {
    readonly dumpSize: number
    readonly save: (disk: string) => Promise<SavedPlay>
  },
): Promise<void> {
  const path = join(folder, `${prefix}${until}`)
  rmSync(path, { recursive: true, force: true })
  const saved = await options.save(join(path, 'disk'))
  // Last: a folder without it is of a process that ended meanwhile.
  keepFile(join(path, stateFile), { saved, dumpSize: options.dumpSize })
  for (const name of checkpointsIn(folder))
    if (join(folder, name) !== path) rmSync(join(folder, name), { recursive: true })
}

/** The newest whole checkpoint of a folder. */
export function lastCheckpoint(folder: string): Checkpoint | undefined {
  const whole = checkpointsIn(folder).filter((name) => existsSync(join(folder, name, stateFile)))
  const last = whole.at(-1)
  if (last === undefined) return undefined
  const path = join(folder, last)
  const kept = keptFile<Omit<Checkpoint, 'disk'>>(join(path, stateFile))
  return { ...kept, disk: join(path, 'disk') }
}

/** Drops what a play that is over needs no more. */
export function dropCheckpoints(folder: string): void {
  for (const name of checkpointsIn(folder)) rmSync(join(folder, name), { recursive: true })
}

/** Oldest first: all moments have ten digits. */
function checkpointsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .toSorted()
}
