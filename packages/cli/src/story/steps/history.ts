import { Exposure, History, Query } from '@medrec/library'
import { type PatientPage, pathOf } from '../../institution/PatientPage.ts'
import type { Actor } from '../Actor.ts'
import { check, checkThat } from '../check.ts'
import type { World } from '../World.ts'
import type { Added } from './addRecord.ts'
import type { Received } from './receive.ts'

const ofPatient = [
  'proposed',
  'accepted',
  'rejected',
  'acknowledged',
  'granted',
  'revoked',
  'read',
  'refused',
] as const
const ofClinician = [
  'proposed',
  'accepted',
  'seen',
  'granted',
  'revoked',
  'unexplained',
  'corrected',
  'read',
  'refused',
]
const refusedFor = ['field-not-granted', 'grant-expired', 'grant-revoked', 'unexplained']

/** 6: both sides see who did what, and she sees what strangers can see of her. */
export async function history(
  world: World,
  patient: Actor,
  of: Added & Received,
): Promise<{ readonly facts: Readonly<Record<string, unknown>> }> {
  const hers = await patientHistory(world, patient, of)
  const page = await world.clinician.get<PatientPage>(pathOf(of.localPatient))
  const shown = new Set(page.history.map(({ kind }) => kind))
  check(
    'The clinician’s history is whole',
    [],
    ofClinician.filter((kind) => !shown.has(kind)),
  )
  return {
    facts: {
      ...hers,
      clinicianHistory: counted(page.history.map(({ kind }) => kind)),
      exposure: exposureOf(world, patient),
    },
  }
}

/** Her history with the institution's log, whose chain is checked up to what its index commits to. */
async function patientHistory(
  world: World,
  { participant }: Actor,
  of: Added & Received,
): Promise<Readonly<Record<string, unknown>>> {
  const { relationship, declined } = of
  const log = await Query.readLog(participant, { relationship })
  if (!log.ok) return check('She reads who looked, proven', 'ok', log.code) as never
  const events = History.merge(
    History.list(participant),
    History.fromLog(relationship, log.lines),
  ).filter((event) => [relationship, declined].includes(event.relationship))
  const kinds = new Set(events.map(({ kind }) => kind))
  check(
    'Her history is whole',
    [],
    ofPatient.filter((kind) => !kinds.has(kind)),
  )
  checkThat(
    'It is in order',
    events.every(({ at }, i) => at >= (events[i - 1]?.at ?? 0)),
  )
  const his = events.filter(({ by }) => by === world.doctor.idTag)
  const reads = his.filter(({ kind }) => kind === 'read').length
  checkThat('His reads are in the log', reads >= 3, reads)
  const refusals = his.filter(({ kind }) => kind === 'refused')
  const codes = new Set(refusals.map(({ logged }) => logged?.['code']))
  check(
    'The log tells why he was refused',
    [],
    refusedFor.filter((code) => !codes.has(code)),
  )
  const committed = log.lines.filter((line) => line.committed).length
  checkThat('The log is committed to', committed > 0, committed)
  return {
    patientHistory: counted(events.map(({ kind }) => kind)),
    refusals: [...codes].toSorted(),
    log: { lines: log.lines.length, committed, proven: log.commitment.is },
  }
}

function exposureOf({ doctor }: World, { participant, idTag }: Actor): unknown {
  const { registered, ours, crowd, known, notDerivable } = Exposure.facts(participant)
  check('Strangers see under which tag she is registered', idTag, registered.idTag)
  check('Strangers see no role of hers', [], registered.roles)
  checkThat(
    'Her viewer knows more than strangers',
    known.some(({ who, as }) => who === doctor.idTag && as === 'viewer'),
  )
  const { assurance, attestedBy, since } = registered
  return {
    registered: { assurance, attestedBy: attestedBy.length, since },
    ...{ ours, crowd, notDerivable },
  }
}

function counted(kinds: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of kinds.toSorted()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
