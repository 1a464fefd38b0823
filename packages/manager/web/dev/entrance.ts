import { Keys, toHex } from '@medrec/protocol'
import { narrowed } from '../src/patient/draft.ts'
import type { Entrance } from '../src/patient/entrance.ts'
import type { Outcome, Session, Snapshot } from '../src/patient/model.ts'
import { live } from '../src/text/live.ts'
import { actingFixture } from './acting.ts'
import { facts } from './facts.ts'
import { proposedRecords, records } from './records.ts'

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const done: Outcome = { state: 'done' }

const reading: Pick<Session, 'nextPart' | 'saveProof'> = {
  nextPart: (_, read) => later(300).then(() => ({ ok: true, rows: [], read })),
  saveProof: () =>
    later(300).then(() => ({
      ...{ file: new Blob(['{}\n']), version: 1 },
      ...{ read: undefined, reason: undefined },
    })),
}

function openFixture(): Session {
  let snapshot: Snapshot = facts
  const listeners = new Set<() => void>()
  const change = async (next: (before: Snapshot) => Snapshot): Promise<Outcome> => {
    await later(700)
    snapshot = next(snapshot)
    for (const listener of listeners) listener()
    return done
  }
  const status = (id: string, to: 'accepted' | 'declined' | 'closed'): Promise<Outcome> =>
    change((before) => ({
      ...before,
      relationships: before.relationships.map((one) =>
        one.id === id ? { ...one, status: to } : one,
      ),
      records: to === 'accepted' ? [...before.records, ...proposedRecords] : before.records,
    }))
  return {
    snapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    look: () => later(400).then(() => proposedRecords),
    refresh: () => later(10),
    accept: (id) => status(id, 'accepted'),
    decline: (id) => status(id, 'declined'),
    close: (id) => status(id, 'closed'),
    stopAllSharing: () => change((before) => ({ ...before, shares: [] })),
    acknowledge: (set, kind, reason) =>
      change((before) => ({
        ...before,
        records: before.records.map((one) =>
          one.id === set.id
            ? { ...one, state: 'current', verdict: { kind, reason, version: 2 } }
            : one,
        ),
      })),
    share: () => change((before) => before),
    renew: () => change((before) => before),
    stopShare: (share) =>
      change((before) => ({
        ...before,
        shares: before.shares.map((one) =>
          one.id === share.id ? { ...one, status: 'stopped', stoppedAt: Date.now() / 1000 } : one,
        ),
      })),
    openShared: async () => {
      await later(300)
      const [labs] = records
      return {
        kind: 'records',
        missing: [],
        sets: labs ? [narrowed(labs, new Set([1, 2, 3, 4]))] : [],
      }
    },
    ...reading,
    ...actingFixture(change),
    addContact: async () => {
      throw new Error('This is not a card. A card starts with “medrec:card:”.')
    },
    looks: async () => ({
      entries: facts.history.filter(({ kind }) => kind === 'read' || kind === 'refused'),
      missing: [],
    }),
    markSeen: async () => {
      await change((before) => ({
        ...before,
        notices: before.notices.map((one) => ({ ...one, seen: true })),
      }))
    },
    ...{ end: () => later(1), wipe: () => later(1) },
  }
}

export const entrance: Entrance = {
  newWords: () => Keys.toWords(Keys.newEntropy()),
  entropyOf: (words) => Keys.fromWords(words),
  wordsOf: (entropy) => Keys.toWords(entropy),
  idOf: (entropy) => toHex(entropy.slice(0, 4)),
  readInvitation: async ({ text }) => {
    const [code = '', origin] = text.split('@')
    const all = [
      { idTag: '0xa1', name: 'Riverside Hospital', origin: 'http://localhost:7001' },
      { idTag: '0xa2', name: 'Lakeview Medical Group', origin: 'http://localhost:7002' },
    ] as const
    const inviters = all.filter((one) => origin === undefined || one.origin === origin)
    if (inviters.length === 0) throw new Error(live.inviterUnknown(origin ?? ''))
    return { code, inviters }
  },
  register: () => later(500),
  async open({ onProgress }) {
    onProgress({ step: 'following', done: 3, total: 10 })
    await later(200)
    if (window.location.search.includes('unregistered')) return undefined
    return openFixture()
  },
}
