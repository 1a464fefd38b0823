import type { Chain, FollowOptions } from './Chain.ts'
import { Follower } from './Follower.ts'

/**
 * Follows a network by subscription, from what the store holds; resolves when that is folded, also with no
 * door in reach. Throws StoreOfAnotherNetworkError.
 */
export async function followChain(options: FollowOptions): Promise<Chain> {
  const follower = new Follower(options)
  await follower.start()
  return follower
}
