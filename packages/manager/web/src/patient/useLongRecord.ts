import { useEffect, useMemo, useRef, useState } from 'react'
import type { NextPart, RecordSet, Row, Table } from './model.ts'
import { useSession } from './SessionContext.tsx'

type Progress = NonNullable<Table['read']>

export type LongRecord = {
  /** The rows that came so far, in the order of the record. */
  readonly rows: readonly Row[]
  /** How far a record in parts is; undefined for one that came as a whole. */
  readonly read: Progress | undefined
  readonly isFetching: boolean
  readonly trouble: string | undefined
  readonly fetch: () => void
  readonly stop: () => void
}

type Added = { readonly of: string; readonly rows: readonly Row[]; readonly read: Progress }

/** A table that grows part by part; another version begins anew. Without a set it stays as it is. */
export function useLongRecord(table: Table, set: RecordSet | undefined): LongRecord {
  const session = useSession()
  const [added, setAdded] = useState<Added>()
  const [trouble, setTrouble] = useState<string>()
  const running = useRef<AbortController>(undefined)
  const [isFetching, setFetching] = useState(false)
  const of = table.read?.of
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version ends what runs for this one
  useEffect(
    () => () => {
      running.current?.abort()
      running.current = undefined
      setFetching(false)
      setTrouble(undefined)
    },
    [of],
  )
  const more = added?.of === of ? added : undefined
  const read = more?.read ?? table.read
  const fetch = async (): Promise<void> => {
    if (!set || !read || running.current) return
    const control = new AbortController()
    running.current = control
    setFetching(true)
    setTrouble(undefined)
    const part = await session.nextPart(set, read, control.signal).catch(failed)
    if (running.current !== control) return // stopped, or another version came
    running.current = undefined
    setFetching(false)
    if (!part.ok) setTrouble(part.reason)
    else setAdded({ of: read.of, read: part.read, rows: [...(more?.rows ?? []), ...part.rows] })
  }
  const stop = (): void => {
    running.current?.abort()
    running.current = undefined
    setFetching(false)
  }
  const rows = useMemo(
    () => (more ? [...table.rows, ...more.rows] : table.rows),
    [table.rows, more],
  )
  return { rows, read, isFetching, trouble, fetch: () => void fetch(), stop }
}

function failed(error: unknown): NextPart {
  return { ok: false, reason: error instanceof Error ? error.message : String(error) }
}
