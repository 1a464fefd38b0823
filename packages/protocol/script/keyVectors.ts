import { suite } from '#suite'
import {
  controller,
  controllerAddress,
  digest,
  hashStruct,
  type Identification,
  isPossessionProven,
  Keys,
  normalise,
  noteKey,
  noteTag,
  Oprf,
  type Pair,
  pair,
  provePossession,
  type Role,
  type StatementName,
  scopeSalt,
  selfPair,
  signStatement,
  statementHash,
  statementTypes,
  updateTag,
} from '../src/index.ts'
import { encodeType } from '../src/typedData.ts'
import {
  counted,
  filled,
  ledger,
  network,
  networkId,
  registrar,
  steward,
  subject,
} from './fixed.ts'

const secrets = pair(steward.keys, steward.party, subject.party) as Pair

/** Section 1. */
export function networks(): unknown {
  const zero = filled(32, 0)
  return {
    network,
    types: Object.fromEntries(
      (Object.keys(statementTypes) as StatementName[]).map((name) => [
        name,
        encodeType(statementTypes, name),
      ]),
    ),
    ledgerDigestOfZero: digest(ledger, zero),
    registrarDigestOfZero: digest(registrar, zero),
    structOfAText: {
      type: 'EIP712Domain(string name)',
      name: 'MedRec',
      hash: hashStruct({ EIP712Domain: [['string', 'name']] }, 'EIP712Domain', { name: 'MedRec' }),
    },
  }
}

/** Section 2. */
export function keys(): unknown {
  const of = (k: Keys.Keys): unknown => ({
    entropy: k.entropy,
    words: Keys.toWords(k.entropy),
    identity: k.identity,
    spend: k.spend,
    view: k.view,
    self: k.self,
    grant: {
      relationship: filled(32, 1),
      nonce: counted(16),
      account: Keys.grantKey(k, filled(32, 1), counted(16)),
    },
    consent: { nonce: counted(16), account: Keys.consentKey(k, counted(16)) },
    consentSlot: { grant: filled(20, 2), account: Keys.consentSlotKey(k, filled(20, 2)) },
    request: {
      audience: 'clinic.example:8443',
      now: 1_800_000_000,
      account: Keys.requestKey(k, 'clinic.example:8443', 1_800_000_000),
    },
    anchor: Keys.anchorKey(k),
    relay: [Keys.relayKey(k, 0), Keys.relayKey(k, 1)],
    coinbase: Keys.coinbaseKey(k),
  })
  return { networkId, participants: [of(steward.keys), of(subject.keys)] }
}

/** Section 2.1; the OPRF key is that of RFC 9497 appendix A.1.1. */
export function identification(): unknown {
  const key = Uint8Array.from(
    Buffer.from('5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e', 'hex'),
  )
  const of = (value: Identification): unknown => {
    const { blind, blinded } = Oprf.blind(value) // random; the idTag is the same for every blind
    return {
      input: value,
      normalised: normalise(value),
      idTag: Oprf.finalize(value, blind, Oprf.evaluate(key, blinded)),
    }
  }
  return {
    oprfKey: key,
    cases: [
      of({ type: 'national-id', country: 'DE', value: 'T22000129', birthDate: '1964-08-12' }),
      of({ type: ' National-ID ', country: 'de', value: ' t22-000 129 ', birthDate: '1964-08-12' }),
      of({ type: 'insurance-number', country: 'FR', value: 'straße é', birthDate: '2000-02-29' }),
    ],
  }
}

/** Section 2.2. */
export function registration(): unknown {
  const { party } = subject
  const value = {
    idTag: party.idTag,
    identity: party.identity,
    spendX: party.spendKey.slice(0, 32),
    spendY: party.spendKey.slice(32),
    viewKey: party.viewKey,
    version: 1,
  }
  const structHash = statementHash('Registration', value)
  const registrationDigest = digest(registrar, structHash)
  const secret = filled(32, 0x33)
  const challenge = suite.x25519(secret).publicKey
  const answer = provePossession(
    subject.keys.view.privateKey,
    challenge,
    registrationDigest,
  ) as Uint8Array
  const bind = {
    registration: structHash,
    assurance: 2,
    institution: steward.party.idTag,
    deadline: 1_800_003_600,
  }
  const attest = {
    idTag: party.idTag,
    version: 1,
    institution: steward.party.idTag,
    deadline: 1_800_003_600,
  }
  return {
    registration: value,
    structHash,
    digest: registrationDigest,
    identitySignature: signStatement(subject.keys.identity, registrar, 'Registration', value),
    spendSignature: signStatement(subject.keys.spend, registrar, 'Registration', value),
    possession: {
      secret,
      challenge,
      answer,
      proven: isPossessionProven({ secret, viewKey: party.viewKey, registrationDigest, answer }),
    },
    bind: { ...bind, signature: signStatement(steward.keys.identity, registrar, 'Bind', bind) },
    attest: {
      ...attest,
      signature: signStatement(steward.keys.identity, registrar, 'Attest', attest),
    },
  }
}

/** Section 2.3. */
export function pairwise(): unknown {
  const relationship = filled(32, 0x61)
  return {
    steward: steward.party,
    subject: subject.party,
    stewardToSubject: secrets.mine,
    subjectToSteward: secrets.theirs,
    subjectToSelf: selfPair(subject.keys).mine,
    notes: [0, 1, 31, 4_294_967_296].map((counter) => ({
      counter,
      tag: noteTag(secrets.mine, counter),
      key: noteKey(secrets.mine, counter),
    })),
    updates: [1, 2].map((n) => ({
      relationship,
      n,
      tag: updateTag(secrets.mine, relationship, n),
    })),
    scopeSalt: {
      relationship,
      grant: filled(20, 0x71),
      salt: scopeSalt(secrets.theirs, relationship, filled(20, 0x71)),
    },
  }
}

/** Section 2.4. */
export function controllers(): unknown {
  const of = (role: Role): unknown => {
    const owner = role === 'steward' ? steward : subject
    const options = { stewardToSubject: secrets.mine, role, nonce: counted(16, 0x80) }
    return {
      ...options,
      spendKey: owner.party.spendKey,
      address: controllerAddress({ networkId, spendKey: owner.party.spendKey, ...options }),
      account: controller({ keys: owner.keys, ...options }),
    }
  }
  return { cases: [of('steward'), of('subject')] }
}
