import { readFileSync } from 'node:fs'
import { MedrecError, type Network, parseNetwork } from '@medrec/protocol'

/** The network that a node belongs to, with its own choice of doors. Throws NetworkFileError. */
export function readNetwork(file: string, doors?: readonly string[]): Network {
  try {
    const network = parseNetwork(JSON.parse(readFileSync(file, 'utf8')))
    return doors ? { ...network, doors } : network
  } catch (cause) {
    throw new NetworkFileError(file, cause)
  }
}

/** The file that describes the network is missing or not well formed. */
export class NetworkFileError extends MedrecError {
  readonly code = 'NETWORK_FILE'
  constructor(file: string, cause: unknown) {
    super('The description of the network cannot be used.', {
      cause,
      facts: [
        `File: ${file}`,
        ...(cause instanceof Error ? [`Reason: ${cause.message}`] : []),
        'Ask an institution of the network for its network.json; it is public.',
      ],
    })
  }
}
