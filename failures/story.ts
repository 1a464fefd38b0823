import { Contact, Query, Relationship, type RelationshipState, Share } from '@medrec/library'
import { type Hex, schemaId } from '@medrec/protocol'
import type { Action, Ending } from './plan.ts'
import { staff } from './staff.ts'
import type { Stage } from './town/Stage.ts'

/** What one run is about, as far as it has come; the people remember it, their machines may not. */
export type Story = {
  readonly stage: Stage
  /** Her id in the hospital's own database. */
  readonly localPatient: string
  readonly ending: Ending
  relationship: Hex
  grant: Hex
  /** Dates of the records that a clinician was told are written. */
  readonly written: string[]
  /** Reads that were answered, by who read. */
  readonly reads: { patient: number; doctor: number }
  /** Reads that were asked for, answered or not. */
  readonly asked: { patient: number; doctor: number }
}

/** One thing that somebody does: doing it again after a failure must be safe. */
export type Deed = {
  /** Whose machine it is done at. */
  readonly at: 'hospital' | 'patient' | 'doctor'
  act(story: Story): Promise<void>
  /** Whether everybody concerned sees that it was done. */
  isSeen(story: Story): boolean
}

/** When the clinicians' records are dated. */
const dates = { write: '2026-01-05', correct: '2026-01-06' } as const
const treatment = 0
const secondOpinion = 1

export const deeds: Readonly<Record<Action, Deed>> = {
  enrol: {
    at: 'hospital',
    act: async (story) => {
      const { stage, localPatient } = story
      const subjectTag = stage.person('patient').idTag
      const enrolled = await stage.hospital.gatekeeper.enrol({ localPatient, subjectTag })
      story.relationship = enrolled.relationship
    },
    isSeen: (story) =>
      patientSide(story)?.pointers.length === 2 && stewardSide(story) !== undefined,
  },
  accept: {
    at: 'patient',
    act: async ({ stage, relationship }) => {
      const { participant } = stage.device('patient')
      if (isPending(stage, 'accept', relationship)) return
      if (Relationship.of(participant, relationship).status === 'proposed')
        await Relationship.accept(participant, relationship)
    },
    isSeen: (story) =>
      patientSide(story)?.status === 'accepted' && stewardSide(story)?.status === 'accepted',
  },
  meet: {
    at: 'patient',
    act: async ({ stage }) => {
      await keepCard(stage, 'patient', 'doctor')
      await keepCard(stage, 'doctor', 'patient')
    },
    isSeen: ({ stage }) =>
      [['patient', 'doctor'] as const, ['doctor', 'patient'] as const].every(([owner, shown]) =>
        Contact.list(stage.device(owner).participant).some(
          ({ idTag, block }) => idTag === stage.person(shown).idTag && block !== undefined,
        ),
      ),
  },
  write: {
    at: 'hospital',
    act: (story) => write(story, dates.write),
    isSeen: (story) => updatesSeen(story) >= 1,
  },
  grant: { at: 'patient', act: grant, isSeen: isShared },
  read: {
    at: 'doctor',
    act: async (story) => {
      const { participant } = story.stage.device('doctor')
      const pointer = await labsOf(story)
      story.asked.doctor++
      const read = await Query.read(participant, {
        ...{ grant: story.grant, pointer, purpose: secondOpinion },
        elements: ['date', 'value'],
      })
      if (!read.ok) throw new RefusedError(read.code)
      story.reads.doctor++
    },
    isSeen: () => true,
  },
  correct: {
    at: 'hospital',
    act: (story) => write(story, dates.correct),
    isSeen: (story) => updatesSeen(story) >= 2,
  },
  end: { at: 'patient', act: end, isSeen: isEnded },
}

/** A read that the institution (or our own node) refused. */
export class RefusedError extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`refused: ${reason}`)
    this.reason = reason
  }
}

/** The patient's own read of her laboratory results. */
export async function ownRead(story: Story): Promise<Query.Result> {
  const { participant } = story.stage.device('patient')
  const { relationship } = story
  const pointer = await labsOf(story)
  story.asked.patient++
  const read = await Query.read(participant, { relationship, pointer, purpose: treatment })
  if (!read.ok) throw new RefusedError(read.code)
  story.reads.patient++
  return read.result
}

export function patientSide({ stage, relationship }: Story): RelationshipState | undefined {
  return stateAt(stage, 'patient', relationship)
}

export function stewardSide({ stage, relationship }: Story): RelationshipState | undefined {
  return stateAt(stage, 'hospital', relationship)
}

/** Her screen shows it again some blocks after a reorganisation took it away. */
async function labsOf(story: Story): Promise<Hex> {
  const labs = (): Hex | undefined =>
    patientSide(story)?.pointers.find(({ resource }) => resource === 'labs')?.id
  await story.stage.happens('she sees her laboratory results', () => labs() !== undefined)
  return labs() as Hex
}

function stateAt(
  stage: Stage,
  name: 'patient' | 'hospital',
  relationship: Hex,
): RelationshipState | undefined {
  return Relationship.list(stage.device(name).participant).find(({ id }) => id === relationship)
}

function updatesSeen(story: Story): number {
  return patientSide(story)?.updates ?? 0
}

/** A clinician's form: its request id stays the same when she sends it again. */
async function write({ stage, localPatient, written }: Story, date: string): Promise<void> {
  await stage.hospital.gatekeeper.add({
    ...{ localPatient, by: staff, request: `${localPatient} ${date}` },
    resource: 'labs',
    values: { date, code: '4548-4', value: '5.1' },
  })
  if (!written.includes(date)) written.push(date)
}

async function keepCard(
  stage: Stage,
  owner: 'patient' | 'doctor',
  shown: 'patient' | 'doctor',
): Promise<void> {
  const { participant } = stage.device(owner)
  const { idTag } = stage.person(shown)
  if (Contact.list(participant).some((contact) => contact.idTag === idTag)) return
  await stage.happens(`${owner} knows ${shown}`, () => participant.peer(idTag) !== undefined)
  const entry = participant.chain.view().entry(idTag)
  if (!entry) throw new Error('nobody registered')
  const { networkId } = participant.network
  const card = { medrec: 'card-1', network: networkId, idTag, identity: entry.identity } as const
  await Contact.add(participant, { card: { ...card, name: shown } })
}

/** What she sees on her screen: a share on its way, or one that stands. */
function knownGrant({ stage }: Story): Hex | undefined {
  const { participant } = stage.device('patient')
  const viewer = stage.person('doctor').idTag
  const waiting = participant.outbox
    .pending()
    .find(({ about }) => about.kind === 'grant' && about['viewer'] === viewer)
  const standing = Share.listMine(participant).find((share) => share.viewer === viewer)
  return (waiting?.about['grant'] as Hex | undefined) ?? standing?.grant
}

async function grant(story: Story): Promise<void> {
  const { stage, relationship } = story
  const known = knownGrant(story)
  if (known) {
    story.grant = known
    return
  }
  const { participant } = stage.device('patient')
  const granted = await Share.grant(participant, {
    relationship,
    viewer: stage.person('doctor').idTag,
    entries: [
      {
        ...{ pointer: await labsOf(story), category: 5, catalogue: 1, mask: '0xa' as const },
        schema: schemaId('clinic/labs'),
      },
    ],
    purposes: [secondOpinion],
    expiresAt: Math.floor(Date.now() / 1000) + 7 * 86_400,
  })
  story.grant = granted.grant
}

/** Doctor, patient and steward all know of it (requirement 58), and the hospital's view has its slot. */
function isShared(story: Story): boolean {
  const { stage, grant: address } = story
  const isIt = (share: { readonly grant: Hex; readonly status: string }): boolean =>
    share.grant === address && share.status === 'live'
  return (
    Share.listSharedWithMe(stage.device('doctor').participant).some(isIt) &&
    Share.listMine(stage.device('patient').participant).some(isIt) &&
    (stewardSide(story)?.shares.some(isIt) ?? false)
  )
}

async function end({ stage, ending, grant: address, relationship }: Story): Promise<void> {
  const { participant } = stage.device('patient')
  if (isPending(stage, ending, relationship)) return
  // A reorganisation may have undone her acceptance for the moment: then her screen offers no closing yet.
  const status = (): string => Relationship.of(participant, relationship).status
  await stage.happens('it is accepted', () => status() !== 'proposed')
  const state = Relationship.of(participant, relationship)
  if (ending === 'revoke') {
    const share = Share.listMine(participant).find(({ grant: known }) => known === address)
    if (share?.status !== 'revoked') await Share.revoke(participant, { grant: address })
  } else if (ending === 'stopAll') {
    if (state.epoch === 0) await Relationship.stopAll(participant, { relationship })
  } else if (state.status === 'accepted') await Relationship.close(participant, { relationship })
}

function isEnded(story: Story): boolean {
  const { stage, ending, grant: address, relationship } = story
  return (['patient', 'hospital', 'doctor'] as const).every((name) => {
    const view = stage.device(name).chain.view()
    if (ending === 'revoke') return view.grant(address)?.revoked === true
    const slot = view.relationship(relationship)
    return ending === 'stopAll' ? slot?.epoch === 1 : slot?.status === 'closedBySubject'
  })
}

function isPending(stage: Stage, kind: string, relationship: Hex): boolean {
  return stage
    .device('patient')
    .participant.outbox.pending()
    .some(({ about }) => about.kind === kind && about['relationship'] === relationship)
}
