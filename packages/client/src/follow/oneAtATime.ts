/**
 * Lets an act run one at a time: who asks while it runs waits for the run after it, which all who ask meanwhile share.
 * One that fails fails for them alone.
 */
export function oneAtATime(act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        running = act()
        return running
      })
    return next
  }
}
