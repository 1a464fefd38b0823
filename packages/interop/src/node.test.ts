import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { type FolderFile, type FolderProblem, readFhirFolder } from './node.ts'

const data = resolve(process.env['MEDREC_TEST_DATA'] ?? '../shared/data')
const folder = mkdtempSync(join(tmpdir(), 'medrec-fhir-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Counts = { [type: string]: number }

async function readAll(path: string) {
  const problems: FolderProblem[] = []
  const files: FolderFile[] = []
  const ids: string[] = []
  for await (const person of readFhirFolder(path, {
    onProblem: (problem) => problems.push(problem),
    onProgress: (file) => files.push(file),
  }))
    ids.push(person.id)
  const total = (of: 'mapped' | 'unmapped') => {
    const counts: Counts = {}
    for (const file of files)
      for (const [type, count] of Object.entries(file[of]))
        counts[type] = (counts[type] ?? 0) + count
    return counts
  }
  return { ids, files, problems, mapped: total('mapped'), unmapped: total('unmapped') }
}

function bundle(id: string): string {
  const resource = { resourceType: 'Patient', id, birthDate: '1970-01-01' }
  return JSON.stringify({ resourceType: 'Bundle', entry: [{ resource }] })
}

test('is read around them, each named with its reason', async () => {
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, name), content)
  write('a-good.json', bundle('a'))
  write('b-packed.json.gz', gzipSync(bundle('b')))
  const packed = gzipSync(bundle('c').repeat(50))
  write('c-cut.json.gz', packed)
  truncateSync(join(folder, 'c-cut.json.gz'), packed.length - 20)
  write('d-cut.json', bundle('d').slice(0, -9))
  const patient = { resourceType: 'Patient', id: 'e', birthDate: '1970-01-01' }
  write('e-lines.ndjson', `${JSON.stringify(patient)}\n{"broken\n\n${bundle('f')}\n`)
  write('g-foreign.json', '{"widget": {"name": "cog"}}')
  write('h-latin.json', Buffer.from('{"resourceType":"Patient","id":"\xe9"}', 'latin1'))
  write('i-not-packed.json.gz', bundle('i'))
  write('j-empty.json', '')
  write('k-ignored.txt', 'no FHIR')
  const { ids, problems, files } = await readAll(folder)
  expect(ids).toEqual(['a', 'b', 'f', 'e'])
  expect(problems).toEqual([
    { file: 'c-cut.json.gz', reason: 'it cannot be unpacked (cut off or damaged)' },
    { file: 'd-cut.json', reason: 'it is no JSON (cut off or damaged)' },
    { file: 'e-lines.ndjson', reason: 'line 2 is no JSON' },
    { file: 'g-foreign.json', reason: 'it is no FHIR resource' },
    { file: 'g-foreign.json', reason: 'it holds no patient' },
    { file: 'h-latin.json', reason: 'it is not in UTF-8' },
    { file: 'i-not-packed.json.gz', reason: 'it cannot be unpacked (cut off or damaged)' },
    { file: 'j-empty.json', reason: 'it is no JSON (cut off or damaged)' },
  ])
  expect(files.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(files.every(({ of }) => of === 9)).toBe(true)
})

test('stops when cancelled, with the reason given', async () => {
  const cancel = new AbortController()
  const people = readFhirFolder(folder, { signal: cancel.signal })
  expect((await people.next()).value?.id).toBe('a')
  cancel.abort(new Error('enough'))
  await expect(people.next()).rejects.toThrow('enough')
})

test('that is not there rejects', async () => {
  await expect(readAll(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' })
})

/** Public sample data; named in the test's title when it is missing, and a failure where nothing may be skipped. */
function publicSet(name: string) {
  const path = join(data, name)
  const there = existsSync(path)
  if (!there && process.env['CI'] === 'true')
    return { path, run: test, title: (text: string) => `${text} (MEDREC_TEST_DATA lacks ${name})` }
  return {
    path,
    run: test.skipIf(!there),
    title: (text: string) => (there ? text : `${text} (skipped: MEDREC_TEST_DATA lacks ${name})`),
  }
}

const smart = publicSet('fhir-r4-synthea-smart')
smart.run(
  smart.title('every file of the SMART set gives its person and nothing is lost unseen'),
  async () => {
    const { ids, problems, files, mapped, unmapped } = await readAll(smart.path)
    expect(files).toHaveLength(172)
    expect(new Set(ids).size).toBe(170)
    expect(files.filter(({ persons }) => persons === 1)).toHaveLength(170)
    expect(problems.map(({ file, reason }) => [file.replace(/\d+/, ''), reason])).toEqual([
      ['hospitalInformation.json.gz', 'it holds no patient'],
      ['practitionerInformation.json.gz', 'it holds no patient'],
    ])
    expect({ mapped, unmapped }).toEqual({
      mapped: {
        Patient: 170,
        Organization: 393,
        Practitioner: 393,
        Encounter: 4741,
        Condition: 1235,
        Observation: 22495,
        Immunization: 1953,
        DiagnosticReport: 1555,
        Procedure: 3624,
        MedicationRequest: 1323,
        CarePlan: 465,
        AllergyIntolerance: 57,
      },
      unmapped: { Claim: 6064, ExplanationOfBenefit: 4741, ImagingStudy: 94, Goal: 309 },
    })
  },
)

const hiv = publicSet('fhir-r4-synthea-hiv-uscore')
hiv.run(hiv.title('US Core bundles with conditional references are read'), async () => {
  const { ids, mapped, problems } = await readAll(hiv.path)
  expect(ids).toHaveLength(20)
  expect(mapped).toMatchObject({ DocumentReference: 1010, Observation: 3714, Condition: 19 })
  expect(problems.map(({ reason }) => reason)).toEqual([
    'it holds no patient',
    'it holds no patient',
  ])
})

const ips = publicSet('fhir-ips')
ips.run(ips.title('patient summaries of many countries are read or reported'), async () => {
  const { ids, problems } = await readAll(ips.path)
  expect(ids).toHaveLength(16)
  expect(problems.map(({ reason }) => reason)).toEqual([
    'MedicationRequest: its patient is not in the file (2 times)',
  ])
})

const misc = publicSet('fhir-misc')
misc.run(misc.title('a lone patient is a person'), async () => {
  expect((await readAll(misc.path)).ids).toEqual(['example'])
})

const hostile = publicSet('fhir-r4-synthea-smart')
hostile.run(hostile.title('a real file cut anywhere is reported, never thrown'), async () => {
  const [name = ''] = ['Abdul_Koepp_e925b0f3-8006-43f6-aa31-94bd215e55e7.json.gz']
  const whole = readFileSync(join(hostile.path, name))
  const cuts = mkdtempSync(join(tmpdir(), 'medrec-cut-'))
  for (let part = 0; part < 20; part++)
    writeFileSync(
      join(cuts, `${part}.json.gz`),
      whole.subarray(0, Math.floor((whole.length * part) / 20)),
    )
  const { ids, problems } = await readAll(cuts)
  rmSync(cuts, { recursive: true })
  expect(ids).toEqual([])
  expect(problems).toHaveLength(20)
})
