import type { Chain, ChainView } from '@medrec/client'

/** The part of the client's chain that decisions rest on. */
export type ChainSource = {
  view(): Pick<
    ChainView,
    'head' | 'entry' | 'hasRole' | 'relationship' | 'grant' | 'undoneEnding' | 'anchor'
  >
  viewBefore(blocks: number): Pick<ChainView, 'head' | 'entry' | 'hasRole'>
  /** Follows up to the newest block that there is now. */
  refresh(): Promise<void>
  status(): Pick<
    ReturnType<Chain['status']>,
    'isSynced' | 'isBehind' | 'witness' | 'ageMs' | 'freshBy' | 'problem'
  >
}
