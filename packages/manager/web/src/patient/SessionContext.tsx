import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Outcome, Session, Snapshot } from './model.ts'

const Context = createContext<Session | undefined>(undefined)

/** Hands the open session to the screens below. */
export const SessionProvider = Context.Provider

/** The open session; screens that use it stand below `SessionProvider` only. */
export function useSession(): Session {
  const session = useContext(Context)
  if (!session) throw new TypeError('no session is open')
  return session
}

/** The facts, live. */
export function useSnapshot(): Snapshot {
  const session = useSession()
  return useSyncExternalStore(session.subscribe, session.snapshot)
}

export type Wish = {
  readonly state: 'idle' | 'working' | 'done' | 'waiting' | 'refused'
  readonly reason?: string | undefined
  readonly run: (act: () => Promise<Outcome>) => Promise<Outcome>
}

/** Runs one wish at a time and tells how far it is; nothing counts as done before the chain says so. */
export function useWish(): Wish {
  const [progress, setProgress] = useState<Omit<Wish, 'run'>>({ state: 'idle' })
  const run = useCallback(async (act: () => Promise<Outcome>): Promise<Outcome> => {
    setProgress({ state: 'working' })
    try {
      const outcome = await act()
      setProgress(outcome)
      return outcome
    } catch (error) {
      const reason = reasonOf(error)
      setProgress({ state: 'refused', reason })
      return { state: 'refused', reason }
    }
  }, [])
  return { ...progress, run }
}

/** What happened and, where the institution's own pages say it, what to do. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { whatToDo } = error as { readonly whatToDo?: string }
  return whatToDo ? `${error.message} ${whatToDo}` : error.message
}

export type Asked<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly reason: string }

/** Asks once for every change of `key`; the signal says that nobody waits for the answer any more. */
export function useAsked<T>(key: string, ask: (left: AbortSignal) => Promise<T>): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ state: 'loading' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when to ask anew
  useEffect(() => {
    const leaving = new AbortController()
    const left = leaving.signal
    setAsked((before) => (before.state === 'ready' ? before : { state: 'loading' }))
    ask(left).then(
      (value) => !left.aborted && setAsked({ state: 'ready', value }),
      (error) =>
        !left.aborted &&
        setAsked({
          state: 'failed',
          reason: error instanceof Error ? error.message : String(error),
        }),
    )
    return () => leaving.abort()
  }, [key])
  return asked
}
