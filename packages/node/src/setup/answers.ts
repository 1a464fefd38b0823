import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as Setup from '@medrec/gatekeeper/setup'
import { MedrecError } from '@medrec/protocol'
import { z } from 'zod'
import { writeSecret } from '../network/keyFolder.ts'

const { patients, resources } = Setup.mapping.shape

const exclusions = z.array(Setup.exclusion).optional()
/** Sensitivity by kind of record: N normal, R restricted, V very restricted (HL7 v3 Confidentiality) */
const sensitivity = z.record(z.string(), z.enum(['N', 'R', 'V'])).optional()

const answers = z.strictObject({
  /** Address of the institution's database, without a password */
  database: z.string().min(1).optional(),
  /** File with the account's password, or the token of a FHIR server */
  passwordFile: z.string().min(1).optional(),
  name: z.string().trim().min(1).max(80).optional(),
  /** Short name, in the names of schemas */
  institution: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'up to 40 small letters, digits and hyphens')
    .optional(),
  /** Tables and columns, the name of a mapping that comes with MedRec, or a file with a catalogue */
  mapping: z.union([z.string().min(1), z.strictObject({ patients, resources })]).optional(),
  /** What a person answered so far, table by table; `asked` names the tables that need no question any more */
  draft: z
    .strictObject({
      patients: patients.optional(),
      resources: z.array(resources.element),
      asked: z.array(z.string()),
      /** What was answered the last time, which is proposed now */
      before: z.strictObject({ patients, exclusions, sensitivity }).optional(),
    })
    .optional(),
  exclusions,
  sensitivity,
  /** Ids of patients whose records are read for a trial; never kept */
  samples: z.array(z.string().min(1)).max(100).optional(),
  /** The account may do more than it needs, and is used all the same */
  acceptRights: z.boolean().optional(),
  port: z.int().min(1).max(65_535).optional(),
  network: z.string().min(1).optional(),
  doors: z.array(z.string().min(1)).min(1).optional(),
  registrar: z.string().min(1).optional(),
  /** Address of the patients' app */
  portal: z.string().min(1).optional(),
})

/** What the setup of a provider is told, by a person or by a file; whatever is absent is asked for. */
export type SetupAnswers = z.infer<typeof answers>

/** Reads answers out of a file. Throws AnswersError naming the members that are wrong. */
export function readAnswers(file: string): SetupAnswers {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new AnswersError(file, ['It cannot be read, or is no JSON.'], cause)
  }
  const parsed = answers.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AnswersError(file, parsed.error.issues.flatMap(problemsIn))
}

/** Where it is wrong and how; of a member with several forms, what is wrong with the last, a mapping in full. */
function problemsIn(issue: z.core.$ZodIssue): readonly string[] {
  const at = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'file'
  const within = issue.code === 'invalid_union' ? issue.errors.at(-1) : undefined
  return within
    ? within.map(({ path, message }) => `${at([...issue.path, ...path])}: ${message}`)
    : [`${at(issue.path)}: ${issue.message}`]
}

/** What an earlier, stopped setup was told. */
export function keptAnswers(file: string): SetupAnswers {
  return existsSync(file) ? readAnswers(file) : {}
}

/** Keeps what was answered, so that the same command goes on; never patients' ids or a password. */
export function keepAnswers(file: string, { samples: _, ...kept }: SetupAnswers): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeSecret(file, `${JSON.stringify(kept, null, 2)}\n`)
}

/** Answers to a setup's questions cannot be used. */
export class AnswersError extends MedrecError {
  readonly code = 'ANSWERS_WRONG'
  constructor(file: string, problems: readonly string[], cause?: unknown) {
    super(`The answers cannot be used: ${file}`, {
      facts: [...problems, 'Nothing was changed.'],
      cause,
    })
  }
}
