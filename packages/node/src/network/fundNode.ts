import { fromHex, type Hex, Keys } from '@medrec/protocol'
import { readConfig } from '../configFile.ts'
import { openKeystore } from '../keystore.ts'
import { readNetwork } from '../networkFile.ts'
import { NotInstitutionError } from './errors.ts'
import { readFunderKey } from './funderKey.ts'
import { fillUp, payingAccounts, weiOf } from './funding.ts'
import { openSession, withRpc } from './registrarSession.ts'

/** Fills up the accounts from which a node pays. Throws OutOfFundsError, NetworkNotOnChainError. */
export async function fundNode(options: {
  readonly configFile: string
  readonly rpc: string
  readonly funderKeyFile: string
  readonly allowance: number
  readonly environment: Readonly<Record<string, string | undefined>>
}): Promise<{ readonly accounts: readonly Hex[]; readonly filled: number }> {
  const { config, path } = readConfig(options.configFile)
  if (!('keystore' in config))
    throw new NotInstitutionError(options.configFile, `the role "${config.role}" has no keys`)
  const file = path(config.network.file)
  const network = readNetwork(file)
  const entropy = openKeystore(config.keystore, path, options.environment)
  const accounts = payingAccounts(Keys.fromEntropy(entropy, fromHex(network.networkId, 32)))
  const privateKey = readFunderKey(options.funderKeyFile)
  return withRpc(options.rpc, async (rpc) => {
    const session = await openSession({ rpc, network, privateKey, file })
    return { accounts, filled: await fillUp(session, accounts, weiOf(options.allowance)) }
  })
}
