import type { Rpc } from '@medrec/client'
import type { Watched } from './watchedDatabase.ts'

/** Something that never comes: what a dead process waits for. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined)
}

/** A connection to the chain through a machine: each question is a moment before and after. */
export function watchedRpc(rpc: Rpc, { moments, isOver }: Watched): Rpc {
  return {
    ...rpc,
    request: async <T>(method: string, params?: readonly unknown[]) => {
      if (isOver()) return never<T>()
      moments.pass('chain')
      if (isOver()) return never<T>()
      const settled = await rpc.request<T>(method, params).then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error
        },
      )
      if (isOver()) return never<T>()
      moments.pass('chain')
      return isOver() ? never<T>() : settled()
    },
    subscribe: async (params, listener) => {
      if (isOver()) return never()
      const stop = await rpc.subscribe(params, (result) => {
        if (isOver()) return
        moments.pass('chain')
        if (!isOver()) listener(result)
      })
      return isOver() ? never() : stop
    },
    onState: (listener) => rpc.onState((state) => void (!isOver() && listener(state))),
  }
}
