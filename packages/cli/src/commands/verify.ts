import { resolve } from 'node:path'
import { Parts, type ProvenProof, Query } from '@medrec/library'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'
import { isAccessLog } from '../participant/accessLogs.ts'
import {
  type Compared,
  type Confirmed,
  comparedClaims,
  confirmedBlocks,
} from '../participant/confirmedBlocks.ts'
import { type ProvenLine, proofLines } from '../participant/proofLines.ts'
import { openRows } from '../participant/rowsFile.ts'
import { moment, oneLine, scriptable, short, table } from '../participant/table.ts'
import { verifyLogFile } from './verifyAccessLog.ts'

type VerifyOptions = GlobalOptions & Compared & { readonly rows?: string }

/** `medrec verify`: checks a proof that somebody handed on, without trust in the institution. */
export function addVerify(program: Command): void {
  program
    .command('verify <file>')
    .description(
      'check a saved proof (see "query --save" and "institution access-log"); needs no connection',
    )
    .option(
      '--network <file>',
      'compare its blocks with the chain, as a door of this network tells it',
    )
    .option('--block <hash...>', 'hash of a block that you know to be part of the chain')
    .option('--rows <file>', 'write the proven values to a new file, one JSON object a line')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>()
      if (await isAccessLog(resolve(file))) return verifyLogFile(file, options)
      const proven = await provenIn(file, options.rows)
      const { proof, progress } = proven
      const confirmed = await confirmedBlocks(proof, options)
      openOutput(options.json ?? false).result(
        {
          ...(scriptable(proof) as object),
          ...(progress && { parts: { ...progress, isComplete: Parts.isComplete(progress) } }),
          ...claimsOf(proven, confirmed),
        },
        textOf(proven, confirmed),
      )
    })
}

/** What the file proves; of a record in parts what its lines prove together. */
async function provenIn(file: string, rowsFile: string | undefined): Promise<Proven> {
  const rows = rowsFile === undefined ? undefined : await openRows(rowsFile)
  try {
    let last: ProvenLine | undefined
    for await (const line of proofLines(resolve(file))) {
      last = line
      if (line.proof.content.kind === 'answer') await rows?.write(line.proof.content.proven)
    }
    await rows?.close()
    const { proof, parts } = last as ProvenLine
    if (!parts) return { proof, progress: undefined }
    const { progress, asked, blocks } = parts
    return { proof: { ...proof, asked, blocks }, progress }
  } catch (error) {
    await rows?.remove()
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    throw new UsageError(`There is no file ${file}.`)
  }
}

type Proven = {
  readonly proof: ProvenProof
  /** Of a record in parts, from the first one on. */
  readonly progress: Parts.Progress | undefined
}

type Claims = { readonly proven: readonly string[]; readonly notProven: readonly string[] }

/** What a reader may rely on, and what she may not. */
function claimsOf({ proof, progress }: Proven, confirmed: Confirmed): Claims {
  const { institution, requester, asked, answered, content } = proof
  const named = `${oneLine(institution.name)} (${short(institution.idTag)})`
  const compared = comparedClaims(proof, confirmed)
  return {
    proven: [
      `${short(requester.idTag)}, registered with the key ${requester.identity}, asked at ${moment(asked)}.`,
      `${named} answered at ${moment(answered)} and signed the answer with the key it published.`,
      ...contentClaims(proof, progress),
      ...compared.proven,
    ],
    notProven: [
      ...compared.notProven,
      'That keys or names were not changed after these blocks, also before the request, or that a key was not lost.',
      ...(isPartial(content, progress) ? ['What the other rows of this record are.'] : []),
      ...(content.kind === 'answer'
        ? [
            'That there is no newer version by now, or that the institution’s records are right.',
            'That the patient allowed this reader to hand it on.',
          ]
        : []),
      ...(content.kind === 'log' ? ['That nothing was read past the institution’s log.'] : []),
    ],
  }
}

function isPartial(content: ProvenProof['content'], progress: Parts.Progress | undefined): boolean {
  if (progress) return !Parts.isComplete(progress)
  return content.kind === 'answer' && content.proven.part !== undefined
}

/** Which rows of a record in parts these are. */
function rowsClaimed(
  { part, header }: Extract<ProvenProof['content'], { kind: 'answer' }>['proven'],
  progress: Parts.Progress | undefined,
): string {
  if (!part) return ''
  const from = progress ? 0 : part.from
  return ` (rows ${from + 1} to ${part.from + part.rows} of ${header.rows})`
}

function contentClaims(
  { content, institution }: ProvenProof,
  progress: Parts.Progress | undefined,
): readonly string[] {
  switch (content.kind) {
    case 'refusal':
      return [oneLine(`${institution.name} refused with ${content.code}: ${content.words}`)]
    case 'log':
      return [
        `The log of who looked at records of ${short(content.subject)}: entries ${content.from} to ${content.from + content.committed - 1} are committed to, none altered or left out between them.`,
      ]
    case 'answer': {
      const { header, commitment } = content.proven
      const held =
        commitment.is === 'anchored'
          ? `anchored in block ${commitment.anchor.block.number} (anchor ${commitment.anchor.counter})`
          : `which it promised to anchor by ${moment(commitment.until)}`
      return [
        `These${rowsClaimed(content.proven, progress)} are exactly the values of ${oneLine(content.resource)}, version ${header.version}, of ${short(content.subject)} that the institution committed to, ${held}.`,
      ]
    }
  }
}

function textOf(found: Proven, confirmed: Confirmed): string {
  const { proven, notProven } = claimsOf(found, confirmed)
  return [
    ...(found.progress ? countOf(found.progress) : shownOf(found.proof)),
    'Proven:',
    ...proven.map((line) => `  ${line}`),
    'Not proven:',
    ...notProven.map((line) => `  ${line}`),
  ].join('\n')
}

/** A record in parts is too long to be shown: --rows writes its values. */
function countOf({ partsRead, parts, rowsRead, rows }: Parts.Progress): readonly string[] {
  const rest = partsRead === parts ? [] : ['The file ends here; go on with "query --resume".']
  return [`${rowsRead} of ${rows} rows in ${partsRead} of ${parts} parts.`, ...rest, '']
}

function shownOf({ content }: ProvenProof): readonly string[] {
  switch (content.kind) {
    case 'refusal':
      return []
    case 'log': {
      const rows = content.entries.map((entry, i) => [
        content.from + i,
        entry,
        i < content.committed ? 'yes' : 'no',
      ])
      return [table(['entry', 'what stands there', 'proven'], rows), '']
    }
    case 'answer': {
      const { columns, header, part } = content.proven
      const rows = Query.rowsOf({ rows: part?.rows ?? header.rows, columns })
      const names = columns.map(({ name }) => name)
      const cells = rows.map((row) => names.map((name) => row[name]))
      return [oneLine(content.label), '', table(names, cells, 'No rows.'), '']
    }
  }
}
