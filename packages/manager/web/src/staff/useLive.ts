import { useEffect, useState } from 'react'
import { api, StaffApiError } from './api.ts'

/** Counts up with every event of the node (server-sent events), so that screens ask anew; tells when the session is over. */
export function useLive(onEnded: () => void): number {
  const [count, setCount] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: one stream for as long as the screens are shown
  useEffect(() => {
    const source = new EventSource('/api/events')
    source.onmessage = () => setCount((before) => before + 1)
    source.onerror = () => {
      // A stream that broke is opened again by the browser; one that was refused stays closed.
      if (source.readyState !== EventSource.CLOSED) return
      api.session().catch((error) => {
        if (error instanceof StaffApiError && error.status === 401) onEnded()
      })
    }
    return () => source.close()
  }, [])
  return count
}
