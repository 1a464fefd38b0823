import { Preview, Query, Relationship, Share } from '@medrec/library'
import { until } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { clock } from '../Actor.ts'
import { check, checkSame, checkThat, present } from '../check.ts'
import { mined } from '../staff.ts'
import type { Trace } from '../Trace.ts'
import type { World } from '../World.ts'
import { refusal, secondOpinion } from './secondOpinion.ts'

/** A share under the dual-consent policy: nothing is read until the institution consents too. */
export async function shareWithConsent(
  world: World,
  trace: Trace,
): Promise<Readonly<Record<string, unknown>>> {
  const { dualPatient, dualClinician, doctor } = world
  const ticked = await somethingToShare(world)
  const preview = await Preview.preview(dualPatient.participant, [ticked])
  const granted = await Share.grant(dualPatient.participant, {
    relationship: ticked.relationship,
    viewer: doctor.idTag,
    entries: await Preview.entriesOf(dualPatient.participant, [ticked]),
    purposes: [secondOpinion],
    expiresAt: clock() + 86_400,
  })
  const { grant } = granted
  await trace.mined('The share under dual consent stands on the chain', granted)
  const shareOf = (): ReturnType<typeof Share.listSharedWithMe>[number] | undefined =>
    Share.listSharedWithMe(doctor.participant).find((one) => one.grant === grant)
  await until(doctor.participant, () => shareOf() !== undefined)
  check(
    'He is told beforehand that the institution has to agree',
    'awaitingConsent',
    shareOf()?.status,
  )
  const before = await refusal(doctor, grant, ticked.options)
  check('Nothing is read before the institution consents', 'consent-missing 403 signed', before)
  const { consents } = await dualClinician.until<{
    consents: readonly { readonly grant: Hex }[]
  }>('The clinician is asked for consent', 'consents', ({ consents: waiting }) =>
    waiting.some((one) => one.grant === grant),
  )
  checkThat('The share waits for consent', consents.length > 0)
  const { submission } = await dualClinician.post<{ submission: string }>(`consents/${grant}`, {
    consent: true,
  })
  await mined(dualClinician, submission, trace)
  await until(doctor.participant, () => shareOf()?.consent !== undefined)
  const read = await Query.read(doctor.participant, {
    grant,
    pointer: ticked.pointer,
    purpose: secondOpinion,
  })
  if (!read.ok) return check('He reads once both consent', 'ok', read.code) as never
  checkSame(
    'He sees exactly what the preview showed',
    preview[0]?.columns,
    read.result.columns.map(({ name, label, values }) => ({ name, label, values })),
  )
  return { grant, before, after: 'ok' }
}

async function somethingToShare({
  dualPatient,
  dualInstitution,
  home,
}: World): Promise<Preview.Ticked & { readonly options: { readonly pointer: Hex } }> {
  const { participant } = dualPatient
  const { id: relationship } = present(
    `She has a relationship under dual consent at ${dualInstitution} (${home.root})`,
    Relationship.list(participant).find(
      ({ policy, status }) => policy === 'dualConsent' && status === 'accepted',
    ),
  )
  const index = await Query.index(participant, { relationship })
  if (!index.ok) return check('She reads the list of records', 'ok', index.code) as never
  for (const { pointer, catalogue } of index.index.pointers) {
    const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
    if (!read.ok || read.result.rows === 0) continue
    const fields = catalogue.fields.slice(0, 3).map(({ name }) => name)
    return { relationship, pointer, fields, options: { pointer } }
  }
  return check('She has records under dual consent', 'some', 'none') as never
}
