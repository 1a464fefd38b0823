import { type Hex, MedrecError } from '@medrec/protocol'

const nothing = 'Nothing was changed.'

/** What a network is to be founded with cannot be. */
export class FoundingWrongError extends MedrecError {
  readonly code = 'FOUNDING_WRONG'
  constructor(problem: string) {
    super('The network cannot be founded like this.', { facts: [problem, nothing] })
  }
}

/** The folder belongs to a founding that was begun with other facts. */
export class FoundingDiffersError extends MedrecError {
  readonly code = 'FOUNDING_DIFFERS'
  constructor(file: string, members: readonly string[]) {
    super('In this folder the founding of another network was begun.', {
      facts: [
        `File: ${file}`,
        `Different: ${members.join(', ')}`,
        `${nothing} Repeat the command with the same facts to go on, or name another folder with --out.`,
      ],
    })
  }
}

/** A file that the command needs is missing, unreadable or says something else. */
export class NetworkInputError extends MedrecError {
  readonly code = 'NETWORK_INPUT'
  constructor(file: string, problem: string, cause?: unknown) {
    super('A file cannot be used.', {
      cause,
      facts: [`File: ${file}`, `Reason: ${problem}`, nothing],
    })
  }
}

/** The account that pays has too little. */
export class OutOfFundsError extends MedrecError {
  readonly code = 'OUT_OF_FUNDS'
  constructor(account: Hex, wei: bigint) {
    super('The account that pays for this has too little.', {
      facts: [
        `Account: ${account}`,
        `It has: ${wei} wei`,
        'What was done before stays. Send it some ("medrec network fund"), then repeat the command: it goes on.',
      ],
    })
  }
}

/** The contracts that the description names are not on the chain that answers. */
export class NetworkNotOnChainError extends MedrecError {
  readonly code = 'NETWORK_NOT_ON_CHAIN'
  constructor(file: string, rpc: string) {
    super('This chain is not the one that the description of the network speaks of.', {
      facts: [
        `Description: ${file}`,
        `Chain: ${rpc}`,
        `${nothing} Start the chain with its own journal, or name the right address.`,
      ],
    })
  }
}

/** The Registrar refused a call; `reason` is the name of its error. */
export class RegistrarRefusedError extends MedrecError {
  readonly code = 'REGISTRAR_REFUSED'
  readonly reason: string
  constructor(what: string, reason: string) {
    super(`The Registrar refused ${what}.`, {
      facts: [
        `Reason: ${reason}`,
        'What was done before stays; repeating the command goes on from there.',
      ],
    })
    this.reason = reason
  }
}

/** A request to join is damaged, of another network, or not by the one it names. */
export class JoinRequestError extends MedrecError {
  readonly code = 'JOIN_REQUEST_WRONG'
  constructor(file: string, problem: string, cause?: unknown) {
    super('This request to join cannot be admitted.', {
      cause,
      facts: [
        `File: ${file}`,
        `Reason: ${problem}`,
        `${nothing} Ask the institution to make a new one with "medrec network request".`,
      ],
    })
  }
}

/** Only a certified institution's own node admits others and has staff. */
export class NotInstitutionError extends MedrecError {
  readonly code = 'NOT_INSTITUTION'
  constructor(file: string, why: string) {
    super('This is a matter for an institution’s node.', {
      facts: [`Configuration: ${file}`, `Reason: ${why}`, nothing],
    })
  }
}

/** What was given for a log-in cannot be used. */
export class StaffEntryError extends MedrecError {
  readonly code = 'STAFF_ENTRY'
  constructor(problem: string) {
    super('This log-in cannot be kept like this.', { facts: [problem, nothing] })
  }
}

/** Nobody is registered under this idTag. */
export class PersonUnknownError extends MedrecError {
  readonly code = 'PERSON_UNKNOWN'
  constructor(idTag: string) {
    super('Nobody is registered under this idTag.', { facts: [`idTag: ${idTag}`] })
  }
}
