import {
  addressOf,
  type Domain,
  fromHex,
  type Hex,
  isStatementOf,
  MalformedError,
  MedrecError,
  statementHash,
} from '@medrec/protocol'
import { z } from 'zod'

/** A registration as a participant's app sends it: keys and both signatures, all hex (docs/protocol.md 2.2). */
export type SignedRegistration = {
  readonly registration: {
    readonly idTag: Hex
    readonly identity: Hex
    readonly spendX: Hex
    readonly spendY: Hex
    readonly viewKey: Hex
    readonly version: number
  }
  readonly identitySignature: Hex
  readonly spendSignature: Hex
}

/** The registration as its statement is hashed. */
export type RegistrationValue = {
  readonly idTag: Uint8Array
  readonly identity: Uint8Array
  readonly spendX: Uint8Array
  readonly spendY: Uint8Array
  readonly viewKey: Uint8Array
  readonly version: number
}

const hex = (size: number): z.ZodString => z.string().regex(new RegExp(`^0x[0-9a-f]{${size * 2}}$`))
const form = z.object({
  registration: z.strictObject({
    idTag: hex(32),
    identity: hex(20),
    spendX: hex(32),
    spendY: hex(32),
    viewKey: hex(32),
    version: z.int().min(0).max(0xffffffff),
  }),
  identitySignature: hex(64),
  spendSignature: hex(64),
})

/** Reads a registration and checks both signatures. Throws MalformedError or RegistrationWrongError. */
export function checkRegistration(json: unknown, domain: Domain): SignedRegistration {
  const parsed = form.safeParse(json)
  if (!parsed.success) throw new MalformedError('a signed registration')
  const signed = parsed.data as SignedRegistration
  const value = toStatement(signed)
  const spender = addressOf(Uint8Array.of(...value.spendX, ...value.spendY))
  const isSignedBy = (address: Uint8Array, signature: Hex): boolean =>
    isStatementOf(address, fromHex(signature, 64), domain, 'Registration', value)
  if (!isSignedBy(value.identity, signed.identitySignature))
    throw new RegistrationWrongError('identity-signature')
  if (!isSignedBy(spender, signed.spendSignature))
    throw new RegistrationWrongError('spend-signature')
  if (value.version !== 1) throw new RegistrationWrongError('version')
  return signed
}

/** The registration's members as bytes. */
export function toStatement({ registration }: SignedRegistration): RegistrationValue {
  return {
    idTag: fromHex(registration.idTag, 32),
    identity: fromHex(registration.identity, 20),
    spendX: fromHex(registration.spendX, 32),
    spendY: fromHex(registration.spendY, 32),
    viewKey: fromHex(registration.viewKey, 32),
    version: registration.version,
  }
}

/** Struct hash that an institution signs when it binds. */
export function registrationHash(signed: SignedRegistration): Uint8Array {
  return statementHash('Registration', toStatement(signed))
}

/** What is wrong with a registration. */
export type RegistrationProblem =
  | 'identity-signature'
  | 'spend-signature'
  | 'version'
  | 'another-person'
  | 'identity-taken'
  | 'not-begun'
  | 'possession'

/** A registration that the desk does not bind. A wrong signature is also what another network looks like. */
export class RegistrationWrongError extends MedrecError {
  readonly code = 'REGISTRATION_WRONG'
  readonly reason: RegistrationProblem
  constructor(reason: RegistrationProblem) {
    super('This registration cannot be bound.', { facts: [`Reason: ${reason}`] })
    this.reason = reason
  }
}

/** Keys are bound to this idTag already. */
export class AlreadyRegisteredError extends MedrecError {
  readonly code = 'ALREADY_REGISTERED'
  constructor(idTag: Hex) {
    super('Somebody is registered under this number.', { facts: [`idTag: ${idTag}`] })
  }
}

/** Nobody is registered under this idTag. */
export class NotRegisteredError extends MedrecError {
  readonly code = 'NUMBER_NOT_REGISTERED'
  constructor(idTag: Hex) {
    super('Nobody is registered under this number.', { facts: [`idTag: ${idTag}`] })
  }
}

/** The card is of another network or person, or names other keys than the registrar. */
export class CardWrongError extends MedrecError {
  readonly code = 'CARD_WRONG'
  readonly reason: 'network' | 'another-person' | 'other-keys'
  constructor(reason: 'network' | 'another-person' | 'other-keys') {
    super('This card does not belong to this person on this network.', {
      facts: [`Reason: ${reason}`],
    })
    this.reason = reason
  }
}

/** We are no certified institution, so the registrar takes nothing from us. */
export class NotCertifiedError extends MedrecError {
  readonly code = 'NOT_CERTIFIED'
  constructor() {
    super('Only a certified institution registers, attests and votes.')
  }
}
