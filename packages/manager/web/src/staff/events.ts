import { api, StaffApiError } from './api.ts'

/** What all pages of one institution in one browser share the stream under. */
const shared = 'medrec-staff-events'
/** Wait before a stream that was refused is asked for again, in milliseconds. */
const againMs = 5_000

type Listener = {
  /** Something may have happened: ask anew. */
  readonly onEvent: () => void
  /** Nobody is signed in any more. */
  readonly onEnded: () => void
}

/**
 * Hears of every event of the node for as long as somebody looks at this page; returns how that is ended. A browser has
 * six connections to one place for all its pages (HTTP/1.1), so that they share one stream: the page that holds the lock
 * (Web Locks API) has it and tells the others (BroadcastChannel). A page that is closed, hidden or signed out lets go of
 * the lock, and the next one opens the stream, whose first event makes everybody ask.
 */
export function followEvents(to: Listener): () => void {
  let left: AbortController | undefined
  const follow = (): void => {
    left?.abort()
    left = undefined
    if (document.hidden) return
    left = new AbortController()
    void listen(left.signal, to)
  }
  const look = (): void => {
    follow()
    if (!document.hidden) to.onEvent() // nothing was heard while it was hidden
  }
  follow()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    left?.abort()
  }
}

async function listen(signal: AbortSignal, to: Listener): Promise<void> {
  // Over plain HTTP at another name than localhost browsers have no locks: each page has a stream of its own.
  if (!('locks' in navigator)) return keepStream(signal, to)
  const channel = new BroadcastChannel(shared)
  channel.onmessage = to.onEvent
  const onEvent = (): void => {
    channel.postMessage(null)
    to.onEvent()
  }
  try {
    await navigator.locks.request(shared, { signal }, () => keepStream(signal, { ...to, onEvent }))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    channel.close()
  }
}

/** Holds the stream of server-sent events (WHATWG HTML section 9.2) until it is not wanted any more. */
function keepStream(signal: AbortSignal, to: Listener): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = (): void => {
      if (!signal.aborted) timer = setTimeout(open, againMs)
    }
    const open = (): void => {
      const opened = new EventSource('/api/events')
      source = opened
      opened.onmessage = to.onEvent
      opened.onerror = () => {
        // A stream that broke is opened again by the browser; one that was refused stays closed.
        if (opened.readyState !== EventSource.CLOSED) return
        api.session().then(later, (error) => {
          if (error instanceof StaffApiError && error.status === 401) to.onEnded()
          else later()
        })
      }
    }
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      source?.close()
      resolve()
    })
    open()
  })
}
