import { Share } from '@medrec/library'
import type { Random } from '../../samples/random.ts'
import type { Deed } from './Deed.ts'
import type { Consent, Right } from './Model.ts'
import type { World } from './World.ts'

export function newConsent(): Consent {
  return { isTried: false, isGiven: false, isEnded: false, isEndKnown: false }
}

type Answered = Right & { readonly consent: Consent }

/** The institution consents to a share that waits for it. */
export function consenting(world: World, random: Random): Deed | undefined {
  return answering(world, random, {
    isWanted: ({ isTried }) => !isTried,
    says: 'consents to',
    act: async ({ slot, consent }) => {
      const { gatekeeper, participant } = world.stage.hospital
      const isKnown = participant.outbox
        .all()
        .some(({ about }) => about.kind === 'consent' && about['grant'] === slot)
      consent.isTried = true
      if (!isKnown) await gatekeeper.consent(slot)
    },
  })
}

/** The institution takes its consent back. */
export function unconsenting(world: World, random: Random): Deed | undefined {
  return answering(world, random, {
    isWanted: ({ isGiven, isEnded }) => isGiven && !isEnded,
    says: 'takes its consent back to',
    act: async ({ slot, consent }) => {
      await Share.revokeConsent(world.stage.hospital.participant, slot)
      consent.isEnded = true
    },
  })
}

function answering(
  world: World,
  random: Random,
  answer: {
    readonly says: string
    isWanted(consent: Consent): boolean
    act(right: Answered): Promise<void>
  },
): Deed | undefined {
  const waiting = world.model
    .live(world.now, 'share')
    .filter((right): right is Answered => right.isGiven && right.consent !== undefined)
    .filter(({ consent }) => answer.isWanted(consent))
  if (waiting.length === 0) return undefined
  const right = random.pick(waiting)
  return {
    at: 'hospital',
    says: `the hospital ${answer.says} the share of ${right.patient.name} with ${right.viewer} (${right.slot.slice(0, 10)})`,
    act: () => world.alive('hospital', answer.act(right)),
  }
}
