import { type Hex, Keys, toHex } from '@medrec/protocol'
import { deskAccount } from '../member.ts'
import { OutOfFundsError } from './errors.ts'
import { balanceOf, perform, type RegistrarSession } from './registrarSession.ts'

const etherInWei = 10n ** 18n

/** Accounts from which a node pays: its relay's, and that of its own statements to the Registrar. */
export function payingAccounts(keys: Keys.Keys): readonly Hex[] {
  return [toHex(Keys.relayKey(keys, 0).address), toHex(deskAccount(keys).address)]
}

/** Whole ether as wei. */
export function weiOf(ether: number): bigint {
  return BigInt(ether) * etherInWei
}

/**
 * Fills accounts up to an allowance; those that have at least half of it are left alone. Returns how many were
 * filled. Throws OutOfFundsError before anything is sent that the payer cannot pay in full.
 */
export async function fillUp(
  session: Pick<RegistrarSession, 'rpc' | 'sender'>,
  accounts: readonly Hex[],
  allowance: bigint,
): Promise<number> {
  const { rpc, sender } = session
  const balances = await Promise.all(accounts.map((account) => balanceOf(rpc, account)))
  const poor = accounts.filter((_, position) => (balances[position] as bigint) < allowance / 2n)
  const own = await balanceOf(rpc, sender.address)
  if (own < allowance * BigInt(poor.length)) throw new OutOfFundsError(sender.address, own)
  for (const to of poor) await perform(session, 'a transfer', { to, value: allowance })
  return poor.length
}
