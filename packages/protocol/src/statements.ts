import { type Account, isSignedBy, sign } from './accounts.ts'
import { type Domain, digest, hashStruct, type StructTypes, type StructValue } from './typedData.ts'

/** Every signed message of the protocol, defined once (docs/protocol.md sections 2-8). */
export const statementTypes: {
  readonly [name in StatementName]: StructTypes[string]
} = {
  Registration: [
    ['bytes32', 'idTag'],
    ['address', 'identity'],
    ['bytes32', 'spendX'],
    ['bytes32', 'spendY'],
    ['bytes32', 'viewKey'],
    ['uint32', 'version'],
  ],
  Bind: [
    ['bytes32', 'registration'],
    ['uint8', 'assurance'],
    ['bytes32', 'institution'],
    ['uint32', 'deadline'],
  ],
  Attest: [
    ['bytes32', 'idTag'],
    ['uint32', 'version'],
    ['bytes32', 'institution'],
    ['uint32', 'deadline'],
  ],
  Vote: [
    ['bytes32', 'idTag'],
    ['uint8', 'role'],
    ['bool', 'certified'],
    ['bytes32', 'institution'],
    ['uint32', 'round'],
    ['uint32', 'deadline'],
  ],
  Profile: [
    ['bytes32', 'idTag'],
    ['string', 'name'],
    ['string', 'url'],
    ['bytes32', 'pin'],
    ['bytes32', 'pinNext'],
    ['bytes32', 'catalogueHash'],
    ['address', 'anchorKey'],
    ['uint32', 'sequence'],
  ],
  Relay: [
    ['bytes32', 'institution'],
    ['address', 'account'],
    ['bool', 'allowed'],
    ['uint32', 'sequence'],
  ],
  Coinbase: [
    ['bytes32', 'idTag'],
    ['address', 'coinbase'],
    ['uint32', 'sequence'],
  ],
  Operation: [
    ['uint8', 'kind'],
    ['bytes32', 'key'],
    ['bytes32', 'value'],
    ['uint64', 'number'],
    ['uint32', 'deadline'],
    ['bytes32', 'notes'],
  ],
  Terms: [
    ['bytes32', 'stewardTag'],
    ['bytes32', 'subjectTag'],
    ['uint32', 'stewardVersion'],
    ['uint32', 'subjectVersion'],
    ['bytes32', 'salt'],
    ['uint8', 'policy'],
    ['address', 'consent'],
  ],
  Entry: [
    ['bytes16', 'pointer'],
    ['uint32', 'category'],
    ['uint32', 'schema'],
    ['uint16', 'catalogue'],
    ['uint256', 'mask'],
  ],
  Scope: [
    ['bytes32', 'subject'],
    ['bytes32', 'steward'],
    ['bytes32', 'viewer'],
    ['bytes32', 'relationship'],
    ['uint16', 'epoch'],
    ['bytes32', 'index'],
    ['uint16', 'purposes'],
    ['uint40', 'notBefore'],
    ['bytes32', 'salt'],
    ['Entry[]', 'entries'],
  ],
  Share: [
    ['address', 'grant'],
    ['bytes32', 'scope'],
  ],
  Consent: [
    ['address', 'slot'],
    ['address', 'grant'],
    ['bytes32', 'scope'],
  ],
  Delegation: [
    ['bytes32', 'subject'],
    ['bytes32', 'steward'],
    ['bytes32', 'delegate'],
    ['bytes32', 'relationship'],
    ['uint16', 'epoch'],
    ['bytes32', 'index'],
    ['uint8', 'rights'],
    ['uint32', 'categories'],
    ['uint40', 'notBefore'],
    ['bytes32', 'salt'],
  ],
  Delegate: [
    ['address', 'slot'],
    ['bytes32', 'delegation'],
  ],
  Note: [
    ['bytes32', 'author'],
    ['bytes32', 'reader'],
    ['bytes32', 'content'],
  ],
  RequestKey: [
    ['bytes32', 'idTag'],
    ['address', 'key'],
    ['string', 'audience'],
    ['uint40', 'notBefore'],
    ['uint40', 'expires'],
  ],
  Pending: [
    ['bytes32', 'leaf'],
    ['bytes32', 'index'],
    ['uint40', 'time'],
    ['uint32', 'delay'],
  ],
  RelayToken: [
    ['bytes32', 'institution'],
    ['bytes32', 'id'],
    ['uint32', 'day'],
    ['uint32', 'operations'],
  ],
  AccessLog: [
    ['bytes32', 'institution'],
    ['bytes32', 'content'],
  ],
}

export type StatementName =
  | 'Registration'
  | 'Bind'
  | 'Attest'
  | 'Vote'
  | 'Profile'
  | 'Relay'
  | 'Coinbase'
  | 'Operation'
  | 'Terms'
  | 'Entry'
  | 'Scope'
  | 'Share'
  | 'Consent'
  | 'Delegation'
  | 'Delegate'
  | 'Note'
  | 'RequestKey'
  | 'Pending'
  | 'RelayToken'
  | 'AccessLog'

/** hashStruct of a statement. */
export function statementHash(name: StatementName, value: StructValue): Uint8Array {
  return hashStruct(statementTypes, name, value)
}

/** Signs a statement under a domain; r | vs. */
export function signStatement(
  account: Account,
  domain: Domain,
  name: StatementName,
  value: StructValue,
): Uint8Array {
  return sign(digest(domain, statementHash(name, value)), account)
}

/** Whether `address` signed the statement under the domain. */
export function isStatementOf(
  address: Uint8Array,
  signature: Uint8Array,
  domain: Domain,
  name: StatementName,
  value: StructValue,
): boolean {
  return isSignedBy(digest(domain, statementHash(name, value)), signature, address)
}
