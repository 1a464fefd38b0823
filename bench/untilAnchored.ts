import type { Gatekeeper } from '@medrec/gatekeeper'
import type { Participant } from '@medrec/library'

/** Resolves once an institution's newest root stands on the chain, as its own view tells. */
export async function untilAnchored(
  gatekeeper: Gatekeeper,
  { chain }: Pick<Participant, 'chain'>,
): Promise<void> {
  const isAnchored = (): boolean => {
    const { root, anchoredRoot } = gatekeeper.status()
    return root === anchoredRoot
  }
  await new Promise<void>((resolve) => {
    const stop = chain.subscribe(() => {
      if (!isAnchored()) return
      stop()
      resolve()
    })
    if (isAnchored()) resolve()
  })
}
