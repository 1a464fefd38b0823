import { useEffect, useState } from 'react'

/** Counts up with every event of the node (server-sent events), so that screens ask anew. */
export function useLive(): number {
  const [count, setCount] = useState(0)
  useEffect(() => {
    const source = new EventSource('/api/events')
    source.onmessage = () => setCount((before) => before + 1)
    return () => source.close()
  }, [])
  return count
}
