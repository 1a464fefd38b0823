import {
  digest,
  fromHex,
  type Hex,
  type Identification,
  provePossession,
  random,
  registrarDomain,
  signStatement,
  statementHash,
  toHex,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistrarService } from './createRegistrarService.ts'
import {
  certifyRegistrar,
  foundNetwork,
  newPerson,
  type Person,
  type TestNetwork,
  temporaryDatabase,
} from './network.test-support.ts'
import { type Desk, type DeskOptions, openDesk } from './openDesk.ts'
import type { SignedRegistration } from './registration.ts'
import { listen } from './server.test-support.ts'

let network: TestNetwork
let server: Awaited<ReturnType<typeof listen>>
let desk: Desk
let time: () => number
let numbers = 1000

const now = (): number => Math.floor(Date.now() / 1000)

function start(change: Partial<DeskOptions> = {}): Desk {
  const { keys } = network.institution
  return openDesk({
    participant: { keys, network: network.network, chain: network.chain },
    registrarUrl: server.url,
    submit: (transaction) => network.funder.submit(transaction),
    database: temporaryDatabase(),
    clock: () => time(),
    ...change,
  })
}

function somebody(): { identification: Identification; staff: string; localPatient: string } {
  numbers += 1
  const value = `ID${numbers}`
  const identification = { type: 'national-id', country: 'DE', value, birthDate: '1980-01-01' }
  return { identification, staff: 'desk-1', localPatient: `p${numbers}` }
}

function registrationOf(
  person: Person,
  idTag: Hex,
  domain = registrarDomain(network.network),
): SignedRegistration {
  const { keys, party } = person
  const registration = {
    idTag,
    identity: toHex(party.identity),
    spendX: toHex(party.spendKey.slice(0, 32)),
    spendY: toHex(party.spendKey.slice(32)),
    viewKey: toHex(party.viewKey),
    version: 1,
  }
  const value = statementOf(registration)
  return {
    registration,
    identitySignature: toHex(signStatement(keys.identity, domain, 'Registration', value)),
    spendSignature: toHex(signStatement(keys.spend, domain, 'Registration', value)),
  }
}

function statementOf(registration: SignedRegistration['registration']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(registration).map(([name, value]) => [
      name,
      typeof value === 'string' ? fromHex(value) : value,
    ]),
  )
}

function answerTo(challenge: Hex, person: Person, signed: SignedRegistration): Hex {
  const message = statementHash('Registration', statementOf(signed.registration))
  const registrationDigest = digest(registrarDomain(network.network), message)
  return toHex(
    provePossession(
      person.keys.view.privateKey,
      fromHex(challenge),
      registrationDigest,
    ) as Uint8Array,
  )
}

async function registered(
  at: Desk = desk,
): Promise<{ who: ReturnType<typeof somebody>; person: Person; idTag: Hex }> {
  const who = somebody()
  const person = newPerson(fromHex(network.network.networkId))
  const { code, idTag } = await at.invite(who)
  const signed = registrationOf(person, idTag)
  const { challenge } = at.beginRegistration(code, signed)
  await at.finishRegistration(code, answerTo(challenge, person, signed))
  await network.until(() => network.chain.view().entry(idTag) !== undefined)
  return { who, person, idTag }
}

beforeAll(async () => {
  network = await foundNetwork()
  server = await listen()
  time = now
  const registrar = await certifyRegistrar(network, server.url)
  const service = createRegistrarService({
    participant: {
      keys: registrar.keys,
      network: network.network,
      chain: network.chain,
    },
    database: temporaryDatabase(),
    audience: server.authority,
    clock: now,
  })
  server.serve((request) => service.handle(request))
  desk = start()
})

afterAll(async () => {
  await server.close()
  await network.stop()
})

describe('a registration at the desk', () => {
  test('goes from the invitation to the chain, and is found by number afterwards', async () => {
    const begun = now()
    const who = somebody()
    const person = newPerson(fromHex(network.network.networkId))
    expect((await desk.lookup(who.identification, who.staff)).match).toBe(undefined)
    const { code, idTag, expires } = await desk.invite(who)
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/)
    const institution = toHex(network.institution.party.idTag)
    expect(desk.invitation(code.toLowerCase().replaceAll('-', ' '))).toEqual({
      idTag,
      institution,
      expires,
    })
    const signed = registrationOf(person, idTag)
    const { challenge } = desk.beginRegistration(code, signed)
    const finished = await desk.finishRegistration(code, answerTo(challenge, person, signed))
    expect(finished).toMatchObject({ idTag, localPatient: who.localPatient })
    await network.until(() => network.chain.view().entry(idTag) !== undefined)
    const { match } = await desk.lookup(who.identification, who.staff)
    expect(match).toMatchObject({
      verifiedBy: [institution],
      entry: { identity: toHex(person.party.identity) },
    })
    expect(match?.since).toBeGreaterThan(begun - 60)
    expect(desk.mayPropose(idTag)).toEqual({ may: true, because: 'shown' })
    await expect(desk.invite(who)).rejects.toMatchObject({ code: 'ALREADY_REGISTERED' })
  })

  test('keeps no code in the database', async () => {
    const database = temporaryDatabase()
    const { code } = await start({ database }).invite(somebody())
    const kept = JSON.stringify(database.all('SELECT * FROM desk_invitation'))
    for (const text of [code, code.replaceAll('-', '')]) expect(kept).not.toContain(text)
  })

  test('goes on after a restart between challenge and answer', async () => {
    const database = temporaryDatabase()
    const who = somebody()
    const person = newPerson(fromHex(network.network.networkId))
    const first = start({ database })
    const { code, idTag } = await first.invite(who)
    const signed = registrationOf(person, idTag)
    const { challenge } = first.beginRegistration(code, signed)
    const { idTag: bound } = await start({ database }).finishRegistration(
      code,
      answerTo(challenge, person, signed),
    )
    expect(bound).toBe(idTag)
  })

  test('works with the same code and answer when sending failed', async () => {
    const database = temporaryDatabase()
    const broken = start({ database, submit: () => Promise.reject(new Error('the chain is away')) })
    const person = newPerson(fromHex(network.network.networkId))
    const { code, idTag } = await broken.invite(somebody())
    const signed = registrationOf(person, idTag)
    const answer = answerTo(broken.beginRegistration(code, signed).challenge, person, signed)
    await expect(broken.finishRegistration(code, answer)).rejects.toThrow('the chain is away')
    expect((await start({ database }).finishRegistration(code, answer)).idTag).toBe(idTag)
  })
})

test('a registration goes to a chain whose clock was ahead once', async () => {
  const who = somebody()
  const person = newPerson(fromHex(network.network.networkId))
  const { code, idTag } = await desk.invite(who)
  const signed = registrationOf(person, idTag)
  const { challenge } = desk.beginRegistration(code, signed)
  time = () => now() - 7_200
  await desk.finishRegistration(code, answerTo(challenge, person, signed))
  time = now
  await network.until(() => network.chain.view().entry(idTag) !== undefined)
})

describe('an invitation', () => {
  test('counts once, until it expires, and a newer one ends it', async () => {
    const reason = (code: string): string => {
      try {
        desk.invitation(code)
        return 'usable'
      } catch (error) {
        return (error as { reason: string }).reason
      }
    }
    expect(reason('2222-2222-2222')).toBe('unknown')
    const who = somebody()
    const older = await desk.invite(who)
    const newer = await desk.invite(who)
    expect([reason(older.code), reason(newer.code)]).toEqual(['unknown', 'usable'])
    time = () => newer.expires
    expect(reason(newer.code)).toBe('usable')
    time = () => newer.expires + 1
    expect(reason(newer.code)).toBe('expired')
    time = now
    const person = newPerson(fromHex(network.network.networkId))
    const signed = registrationOf(person, newer.idTag)
    const { challenge } = desk.beginRegistration(newer.code, signed)
    const answer = answerTo(challenge, person, signed)
    await desk.finishRegistration(newer.code, answer)
    expect(reason(newer.code)).toBe('used')
    await expect(desk.finishRegistration(newer.code, answer)).rejects.toMatchObject({
      code: 'INVITATION_WRONG',
    })
  })
})

describe('the desk does not bind', () => {
  const begin = async (
    change: (signed: SignedRegistration, person: Person, idTag: Hex) => unknown,
  ): Promise<unknown> => {
    const person = newPerson(fromHex(network.network.networkId))
    const { code, idTag } = await desk.invite(somebody())
    try {
      return desk.beginRegistration(code, change(registrationOf(person, idTag), person, idTag))
    } catch (error) {
      const { code: of, reason } = error as { code: string; reason?: string }
      return reason ?? of
    }
  }

  test("a registration that its keys did not sign, of another network, or of another person's number", async () => {
    const foreign = { ...registrarDomain(network.network), salt: toHex(random(32)) }
    expect(await begin((signed) => ({ ...signed, identitySignature: signed.spendSignature }))).toBe(
      'identity-signature',
    )
    expect(await begin((signed) => ({ ...signed, spendSignature: signed.identitySignature }))).toBe(
      'spend-signature',
    )
    expect(await begin((_, person, idTag) => registrationOf(person, idTag, foreign))).toBe(
      'identity-signature',
    )
    expect(await begin((_, person) => registrationOf(person, toHex(random(32))))).toBe(
      'another-person',
    )
    expect(await begin(() => ({}))).toBe('MALFORMED')
    expect(
      await begin((signed) => ({ ...signed, registration: { ...signed.registration, extra: 1 } })),
    ).toBe('MALFORMED')
    expect(
      await begin((signed) => ({
        ...signed,
        registration: { ...signed.registration, viewKey: '0x00' },
      })),
    ).toBe('MALFORMED')
  })

  test('keys that are registered under another number', async () => {
    const { person } = await registered()
    expect(await begin((_, __, idTag) => registrationOf(person, idTag))).toBe('identity-taken')
  })

  test('a view key that the person does not hold', async () => {
    const person = newPerson(fromHex(network.network.networkId))
    const thief = newPerson(fromHex(network.network.networkId))
    const { code, idTag } = await desk.invite(somebody())
    await expect(desk.finishRegistration(code, toHex(random(32)))).rejects.toMatchObject({
      reason: 'not-begun',
    })
    const signed = registrationOf(person, idTag)
    const { challenge } = desk.beginRegistration(code, signed)
    await expect(
      desk.finishRegistration(code, answerTo(challenge, thief, signed)),
    ).rejects.toMatchObject({ reason: 'possession' })
    await expect(desk.finishRegistration(code, '0x')).rejects.toMatchObject({
      reason: 'possession',
    })
    const again = desk.beginRegistration(code, signed)
    await expect(
      desk.finishRegistration(code, answerTo(challenge, person, signed)),
    ).rejects.toMatchObject({ reason: 'possession' })
    expect(
      (await desk.finishRegistration(code, answerTo(again.challenge, person, signed))).idTag,
    ).toBe(idTag)
  })
})

describe('the desk does not do', () => {
  test('anything when the institution is not certified', async () => {
    const stranger = { ...network.institution.keys, identity: newPerson(random(32)).keys.identity }
    const outside = start({
      participant: { keys: stranger, network: network.network, chain: network.chain },
    })
    await expect(outside.invite(somebody())).rejects.toMatchObject({ code: 'NOT_CERTIFIED' })
    expect(() => outside.mayPropose(toHex(random(32)))).toThrow('Only a certified institution')
  })
})

describe('a card shown at the desk', () => {
  test('of somebody registered elsewhere is noted, and attested once', async () => {
    const { who, person, idTag } = await registered()
    const card = {
      network: network.network.networkId,
      idTag,
      identity: toHex(person.party.identity),
    }
    const other = start()
    expect(other.mayPropose(idTag)).toEqual({ may: false, reason: 'not-sure' })
    await expect(other.attest(idTag)).rejects.toMatchObject({ code: 'CARD_WRONG' })
    expect(await other.bindCard({ ...who, card })).toEqual({ idTag })
    expect(other.mayPropose(idTag)).toEqual({ may: true, because: 'shown' })
    await expect(other.attest(idTag)).rejects.toMatchObject({ code: 'TRANSACTION_REVERTS' })
  })

  test('of another network, another person or other keys is refused', async () => {
    const { who, person, idTag } = await registered()
    const card = {
      network: network.network.networkId,
      idTag,
      identity: toHex(person.party.identity),
    }
    const show = (change: Partial<typeof card>, whose = who): Promise<unknown> =>
      desk
        .bindCard({ ...whose, card: { ...card, ...change } })
        .catch((error: { reason?: string; code: string }) => error.reason ?? error.code)
    expect(await show({ network: toHex(random(32)) })).toBe('network')
    expect(await show({ idTag: toHex(random(32)) })).toBe('another-person')
    expect(await show({}, somebody())).toBe('another-person')
    expect(await show({ identity: toHex(random(20)) })).toBe('other-keys')
    const nobody = somebody()
    const { idTag: unknown } = await desk.lookup(nobody.identification, nobody.staff)
    expect(await show({ idTag: unknown }, nobody)).toBe('NUMBER_NOT_REGISTERED')
    await expect(desk.attest(unknown)).rejects.toMatchObject({ code: 'NUMBER_NOT_REGISTERED' })
  })
})

describe('a look-up', () => {
  test('asks no registrar that the institutions did not certify', async () => {
    const elsewhere = await listen()
    const asked = start({ registrarUrl: elsewhere.url }).invite(somebody())
    await expect(asked).rejects.toThrow('The registrar cannot be asked right now.')
    await elsewhere.close()
  })
})

describe('votes', () => {
  test('give a role once more than half of the institutions voted', async () => {
    const { idTag } = await registered()
    await desk.vote({ idTag, role: 'researcher', certified: true })
    await network.until(() => network.chain.view().hasRole(idTag, 'researcher'))
    await desk.vote({ idTag, role: 'researcher', certified: false })
    await network.until(() => !network.chain.view().hasRole(idTag, 'researcher'))
  })
})
