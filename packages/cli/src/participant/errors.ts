import { MedrecError, RetryableError } from '@medrec/protocol'

/** The words on the command line fit nothing, or too much, of what this person has. */
export class NotFoundError extends MedrecError {
  readonly code = 'NOT_FOUND'
  constructor(what: string, options: { found: number; see: string }) {
    super(
      options.found === 0
        ? `No ${what} of yours fits what you wrote.`
        : `${options.found} of yours fit what you wrote as ${what}; write more of it.`,
      { facts: [`Nothing was changed. See what there is with "${options.see}".`] },
    )
  }
}

/** The command was not told who acts. */
export class NobodyActsError extends MedrecError {
  readonly code = 'NOBODY_ACTS'
  constructor() {
    super('This command acts for a person.', {
      facts: ['Say who with --as NAME, for example: medrec --as anna relationship list'],
    })
  }
}

/** There are no keys of this person in the home. */
export class NoIdentityError extends MedrecError {
  readonly code = 'NO_IDENTITY'
  constructor(home: string) {
    super('This person has no keys in this folder.', {
      facts: [
        `Folder: ${home}`,
        'Make new ones with "medrec --as NAME identity new", bring yours back with "identity restore",',
        'or name another folder with --home.',
      ],
    })
  }
}

/** Keys are there already; they are never overwritten. */
export class IdentityExistsError extends MedrecError {
  readonly code = 'IDENTITY_EXISTS'
  constructor(file: string) {
    super('This person has keys already; they were left alone.', {
      facts: [`Keystore: ${file}`, 'Choose another --as NAME, or move that file away first.'],
    })
  }
}

/** No passphrase was given for the keystore. */
export class PassphraseMissingError extends MedrecError {
  readonly code = 'PASSPHRASE_MISSING'
  constructor() {
    super('The keystore needs its passphrase.', {
      facts: [
        'Name a file that holds it with --passphrase-file FILE, or set the variable MEDREC_PASSPHRASE. At a terminal it is asked for.',
      ],
    })
  }
}

/** Another command acts for the same person just now. */
export class PersonBusyError extends MedrecError {
  readonly code = 'PERSON_BUSY'
  constructor(pid: number) {
    super('Another command acts for this person just now.', {
      facts: [`Process: ${pid}`, 'Nothing was changed. Wait until it has ended, then try again.'],
    })
  }
}

/** No door of the network answered in time. */
export class NetworkUnreachableError extends RetryableError {
  readonly code = 'NETWORK_UNREACHABLE'
  constructor(doors: readonly string[], cause?: unknown) {
    super('No door of the network answers.', {
      cause,
      facts: [
        ...doors.map((door) => `Door: ${door}`),
        'Your records and keys are safe. Start the network (npm start) or check the connection, then try again.',
      ],
    })
  }
}

/** The network answered a wish with no. */
export class RefusedError extends MedrecError {
  readonly code = 'REFUSED'
  constructor(reason: string, facts: readonly string[] = []) {
    super('This was refused.', { facts: [`Reason: ${reason}`, ...facts, 'Nothing was changed.'] })
  }
}

/** A proof file proves nothing, or not what it should. */
export class ProofBrokenError extends MedrecError {
  readonly code = 'PROOF_BROKEN'
  readonly reason: string
  constructor(reason: string, words: string, facts: readonly string[] = []) {
    super('This file proves nothing.', { facts: [`Reason: ${reason}. ${words}`, ...facts] })
    this.reason = reason
  }
}

/** No door has a block yet that a file rests on. */
export class DoorBehindError extends RetryableError {
  readonly code = 'DOOR_BEHIND'
  constructor(door: string, block: number) {
    super('Nothing was compared: the door does not have a block of the file yet.', {
      facts: [`Door: ${door}`, `Block: ${block}`],
    })
  }
}

/** What was last read on this device is not the version that stands there now. */
export class VersionNotReadError extends MedrecError {
  readonly code = 'VERSION_NOT_READ'
  constructor(newest: number, read: number | undefined) {
    super('You have not read the newest version of this record on this device.', {
      facts: [
        `Newest: ${newest}; last read: ${read ?? 'none'}. Nothing was said.`,
        'Look at it with "medrec query changes RELATIONSHIP RESOURCE", then say what you think of it.',
      ],
    })
  }
}

/** Ctrl-C. */
export class InterruptedError extends MedrecError {
  readonly code = 'INTERRUPTED'
  constructor() {
    super('Stopped by you.', {
      facts: ['What was begun is kept: it goes on with the next command of this person.'],
    })
  }
}

/** Deleting something needs a word of consent. */
export class NotConfirmedError extends MedrecError {
  readonly code = 'NOT_CONFIRMED'
  constructor(what: string) {
    super(what, { facts: ['Nothing was changed. Add --yes to say that you mean it.'] })
  }
}
