import { Acknowledgement, Preview, Query, Relationship, Results, Share } from '@medrec/library'
import { until } from '@medrec/node/people'
import { type Hex, origins } from '@medrec/protocol'
import { type PatientPage, pathOf } from '../../institution/PatientPage.ts'
import { clock } from '../Actor.ts'
import { check, checkSame, checkThat, present } from '../check.ts'
import { changeBehind } from '../institutionDatabase.ts'
import type { Trace } from '../Trace.ts'
import type { World } from '../World.ts'
import type { Added } from './addRecord.ts'
import type { Received } from './receive.ts'
import { secondOpinion } from './secondOpinion.ts'

type Setting = { readonly world: World; readonly trace: Trace; readonly of: Added & Received }

const wrongValue = '88.4'
const objection = 'I had no other test that day.'
const correction = 'Decimal point was moved; compared with the analyser.'

/** 3: the data change behind our back; she sees it, says that it is wrong, and it is corrected with a reason. */
export async function change(
  world: World,
  of: Added & Received,
  trace: Trace,
): Promise<{ readonly facts: Readonly<Record<string, unknown>> }> {
  const setting = { world, of, trace }
  const grant = await shareBefore(setting)
  const unexplained = await changeUnasked(setting)
  const refused = await readAsDoctor(setting, grant)
  check('The doctor gets nothing unexplained', 'unexplained 409', refused)
  await sayWrong(setting, unexplained.version)
  const corrected = await correct(setting, unexplained.version)
  const again = await readAsDoctor(setting, grant)
  check('The doctor reads again once it is explained', 'ok', again)
  return {
    facts: {
      unexplained: { ...unexplained, origin: 'unexplained' },
      patientSees: { pending: true, rowsChanged: 1, fieldsChanged: ['value'] },
      viewerGot: { code: 'unexplained', status: 409 },
      patientSaid: { verdict: 'wrong', reason: objection },
      corrected: { version: corrected, origin: 'writePath', reason: correction },
    },
  }
}

/** A share from before the change, so that somebody is there to be refused. */
async function shareBefore({ world, of, trace }: Setting): Promise<Hex> {
  const { participant } = world.patient
  const ticked = { relationship: of.relationship, pointer: of.labs, fields: ['name', 'value'] }
  const granted = await Share.grant(participant, {
    relationship: of.relationship,
    viewer: world.doctor.idTag,
    entries: await Preview.entriesOf(participant, [ticked]),
    purposes: [secondOpinion],
    expiresAt: clock() + 86_400,
  })
  await trace.mined('The share stands on the chain', granted)
  const doctor = world.doctor.participant
  await until(doctor, () => Share.listSharedWithMe(doctor).some(isGrant(granted.grant)))
  check('The doctor reads it', 'ok', await readAsDoctor({ world, of, trace }, granted.grant))
  return granted.grant
}

async function changeUnasked({
  world,
  of,
}: Setting): Promise<{ version: number; updates: number }> {
  const { relationship, labs: pointer } = of
  const { participant } = world.patient
  const before = present(
    'She has the former version in her cache',
    await Results.latest(participant, { relationship, pointer }),
  )
  const { updates } = Relationship.of(participant, relationship)
  const { institution } = world
  const changes = changeBehind(world.databaseOf(institution), {
    institution,
    key: of.key,
    value: wrongValue,
  })
  check('One row was changed behind our back', 1, changes)
  await until(participant, () => {
    const state = Relationship.of(participant, relationship)
    return state.updates > updates && state.progress === 'updatePending'
  })
  const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
  if (!read.ok) return check('She reads the new version', 'ok', read.code) as never
  const { result } = read
  check('It is a new version', before.version + 1, result.version)
  check('Nobody explained it', origins.unexplained, result.origin)
  const { fields, added, removed } = Results.changes(before, result)
  check('One row changed', [1, 1], [added.length, removed.length])
  const differs = fields.filter((_, at) => added[0]?.[at] !== removed[0]?.[at])
  check('One field changed', ['value'], differs)
  const at = fields.indexOf('value')
  checkSame('It says what the value was', of.values['value'], removed[0]?.[at])
  checkSame('It says what the value is', wrongValue, added[0]?.[at])
  return { version: result.version, updates: Relationship.of(participant, relationship).updates }
}

async function sayWrong({ world, of, trace }: Setting, version: number): Promise<void> {
  const { relationship, labs: pointer } = of
  const said = await Acknowledgement.wrong(world.patient.participant, {
    relationship,
    pointer,
    version,
    reason: objection,
  })
  await trace.mined('Her objection stands on the chain', said)
  const page = await world.clinician.until<PatientPage>(
    'The clinician sees the objection',
    pathOf(of.localPatient),
    ({ pointers }) => pointers.some(({ id, seen }) => id === pointer && seen?.verdict === 'wrong'),
  )
  const shown = present(
    'The clinician sees the record',
    page.pointers.find(({ id }) => id === pointer),
  )
  check('The clinician reads her reason', objection, shown.seen?.reason)
  check('The clinician sees where it came from', origins.unexplained, shown.origin)
}

async function correct({ world, of, trace }: Setting, version: number): Promise<number> {
  const { relationship, labs: pointer, values, key } = of
  const { participant } = world.patient
  const { updates } = Relationship.of(participant, relationship)
  const written = await world.clinician.post<{
    pointers: readonly { pointer: Hex; version: number }[]
  }>(`${pathOf(of.localPatient)}/corrections`, {
    resource: 'labs',
    key: { id: key },
    values: { value: values['value'], unit: values['unit'] },
    reason: correction,
  })
  check(
    'The correction is a new version',
    version + 1,
    written.pointers.find((one) => one.pointer === pointer)?.version,
  )
  await until(participant, () => Relationship.of(participant, relationship).updates > updates)
  const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
  if (!read.ok) return check('She reads the correction', 'ok', read.code) as never
  const { result } = read
  check('She reads the new version', version + 1, result.version)
  check('The write path explains it', origins.writePath, result.origin)
  check('She reads the reason', correction, result.reason)
  const row = Query.rowsOf(result).find(({ id }) => id === key)
  checkSame('The value is right again', values['value'], row?.['value'])
  const seen = { relationship, pointer, version: result.version }
  await trace.mined('She has seen it', await Acknowledgement.seen(participant, seen))
  const page = await world.clinician.get<PatientPage>(pathOf(of.localPatient))
  checkThat(
    'The history tells who corrected it, and why',
    page.history.some(
      (line) => line.kind === 'corrected' && line.reason === correction && line.by !== undefined,
    ),
  )
  return result.version
}

async function readAsDoctor({ world, of }: Setting, grant: Hex): Promise<string> {
  const read = await Query.read(world.doctor.participant, {
    grant,
    pointer: of.labs,
    purpose: secondOpinion,
  })
  return read.ok ? 'ok' : `${read.code} ${read.status}`
}

function isGrant(grant: Hex): (share: { readonly grant: Hex }) => boolean {
  return (share) => share.grant === grant
}
