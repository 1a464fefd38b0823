import { existsSync, readFileSync, statSync } from 'node:fs'
import type { Chain } from '@medrec/client'
import type { Gatekeeper } from '@medrec/gatekeeper'
import type { StatusPart } from '@medrec/manager/server'
import type { NodeDatabase } from '@medrec/records/node'
import type { Relay } from '@medrec/relay'

/** Oldest sign of life of the chain before the status page asks for a person, in seconds. */
const oldestSign = 120
/** Daily is right (docs/operations.md); one that was forgotten is no alarm yet. */
const oldestBackupMs = 2 * 86_400_000

/** How the chain looks from here. */
export function chainPart(chain: Chain): StatusPart {
  const { isConnected, isSynced, head, ageMs, witness, problem } = chain.status()
  const age = Math.max(0, Math.round(ageMs / 1000))
  return {
    ok: isConnected && isSynced && problem === undefined && age < oldestSign,
    connected: isConnected,
    block: head.number,
    secondsSinceSignOfLife: age,
    secondDoor: witness,
    ...(problem === undefined ? {} : { problem: problem.code }),
  }
}

/** What an institution's status page shows. */
export async function providerStatus(parts: {
  readonly chain: Chain
  readonly database: NodeDatabase
  readonly gatekeeper: Gatekeeper
  readonly relay: Relay
}): Promise<Readonly<Record<string, StatusPart>>> {
  const { chain, database, gatekeeper, relay } = parts
  const { waiting, missingWei, certified, problem } = relay.status()
  const keeper = gatekeeper.status()
  return {
    chain: chainPart(chain),
    relay: {
      ok: certified && missingWei === 0n && problem === undefined,
      waiting,
      certified,
      canPay: missingWei === 0n,
    },
    database: { ok: true, size: `${Math.ceil(statSync(database.path).size / 1024)} kB` },
    gatekeeper: {
      ok: keeper.isDatabaseUp,
      relationships: keeper.relationships,
      anchored: keeper.root === keeper.anchoredRoot,
      // Without: an ending that nobody pushed to us counts from its block on.
      seesPending: chain.tellsPending(),
    },
    backup: backupPart(database.path, Date.now()),
  }
}

/** When the database was copied last: `medrec backup` leaves a note beside it. `now`: milliseconds. */
export function backupPart(databaseFile: string, now: number): StatusPart {
  const note = `${databaseFile}.backup`
  const last = existsSync(note) ? readFileSync(note, 'utf8').trim() : ''
  const at = Date.parse(last)
  if (Number.isNaN(at)) return { ok: false, last: 'never' }
  return { ok: now - at < oldestBackupMs, last }
}
