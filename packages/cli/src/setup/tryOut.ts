import { type Catalogue, CatalogueError } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import { MedrecError } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { table as printed } from '../participant/table.ts'
import { type Role, withRole, writeRole } from './offerRole.ts'
import type { Connected, Session } from './Session.ts'

/** Rows of one kind of record that a preview shows; fewer where each takes many lines. */
const shown = 5
const shownTall = 2
/** Columns of a terminal that does not tell. */
const usualWidth = 120

/** A catalogue that was read with, and the account that it was read with. */
export type TriedOut = { readonly run: Setup.DryRun; readonly connected: Connected }

/**
 * Reads some patients' records as the gatekeeper would, with its start-up probe. Throws CatalogueError, MappingError,
 * RightsTooWideError.
 */
export async function tryOut(
  session: Session,
  connected: Connected,
  catalogue: Catalogue,
): Promise<TriedOut> {
  session.dialog.tell('\n4/6  A dry run')
  const tried = await withRightAccount(session, connected, catalogue)
  const { run } = tried
  if (run.problems.length > 0) throw new Setup.MappingError(run.problems)
  session.dialog.tell(
    [
      ...catalogue.exclusions.map(({ table }) => `${table}: cannot be read. Good.`),
      ...catalogue.resources.map(({ name }) => {
        const counts = run.previews.filter(({ resource }) => resource === name)
        const rows = counts.reduce((sum, { count }) => sum + count, 0)
        return `${name}: ${rows} rows of the ${counts.length} patients read, each with its owner, key and types in order.`
      }),
    ].join('\n'),
  )
  return tried
}

async function withRightAccount(
  session: Session,
  connected: Connected,
  catalogue: Catalogue,
): Promise<TriedOut> {
  const { source } = connected
  const { samples } = session.answers
  let refused: MedrecError
  try {
    const run = await Setup.dryRun({ source, catalogue, ...(samples && { samples }) })
    if (run.excess.length === 0 || session.answers.acceptRights) return { run, connected }
    refused = new RightsTooWideError(run.excess.map(({ kind, what }) => `${kind}: ${what}`))
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error
    refused = error
  }
  session.dialog.tell(refused.message)
  const role = await writeRole(session, connected, catalogue)
  const next = role && (await nextAccount(session, role, refused))
  if (!next) throw refused
  if (next === 'same') return withRightAccount(session, connected, catalogue)
  session.learn({ database: next.address, passwordFile: next.secretFile })
  return withRightAccount(session, next, catalogue)
}

/** What a person decides: the new account, the old one all the same, or to stop here. */
async function nextAccount(
  session: Session,
  role: Role,
  refused: MedrecError,
): Promise<Connected | 'same' | undefined> {
  const { dialog, learn } = session
  if (!dialog.isPerson) return undefined
  const question = 'Were these statements run? Then the new account is tried'
  while (await dialog.confirm('role', question, true)) {
    const made = withRole(role)
    try {
      await Setup.trySource(made.source)
      return made
    } catch (error) {
      if (!(error instanceof Setup.RecordsUnreachableError)) throw error
      dialog.tell(`The new account cannot be used yet.\n${error.message}`)
    }
  }
  // A table that must stay and can be read is no matter of taste.
  if (!(refused instanceof RightsTooWideError)) return undefined
  if (!(await dialog.confirm('acceptRights', 'Go on with the account that may do more?', false)))
    return undefined
  learn({ acceptRights: true })
  return 'same'
}

/** Shows what some patients would see, on a person's terminal only. */
export async function preview(
  { dialog }: Session,
  { people, previews }: Setup.DryRun,
): Promise<void> {
  dialog.tell('\n5/6  What patients would see')
  if (!dialog.isPerson || people.length === 0)
    return dialog.tell('A preview is shown to a person at a terminal only; nothing is written.')
  const warning =
    "The next lines are real patients' records, on this screen only. Is nobody looking who may not see them?"
  if (!(await dialog.confirm('preview', warning, false))) return
  for (const { id, given, family } of people.slice(0, 3)) {
    dialog.show(`\n${given} ${family} (${id})`)
    for (const { patient, label, fields, rows } of previews) {
      if (patient !== id || rows.length === 0) continue
      dialog.show(`\n${label}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`)
      dialog.show(
        previewText(
          fields.map((field) => field.label),
          rows,
        ),
      )
    }
  }
  if (!(await dialog.confirm('right', 'Is this right, and each under the right patient?', true)))
    throw new PreviewRefusedError()
}

/** The first rows: as a table where the screen is wide enough for one, else each value on its line. */
function previewText(labels: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const wide = printed(labels, rows.slice(0, shown))
  const width = process.stdout.columns ?? usualWidth
  const isNarrow = wide.split('\n').every((line) => [...line].length <= width)
  const more = (few: number): string =>
    rows.length > few ? `\n... and ${rows.length - few} more` : ''
  if (isNarrow) return `${wide}${more(shown)}`
  const few = rows.slice(0, shownTall).map((row, i) => {
    const filled = labels.flatMap((label, column) =>
      isEmpty(row[column]) ? [] : [[label, row[column]]],
    )
    return `${i + 1}. (${labels.length - filled.length} of ${labels.length} fields are empty)\n${printed(['field', 'value'], filled)}`
  })
  return `${few.join('\n')}${more(shownTall)}`
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}

/** A person saw in the preview that the mapping is wrong. */
export class PreviewRefusedError extends UsageError {
  constructor() {
    super('The preview is not right.', {
      facts: ['What was answered is kept, and --mapping pick changes it. Nothing was written.'],
    })
  }
}

/** The database user may do more than reading by the catalogue needs. */
export class RightsTooWideError extends MedrecError {
  readonly code = 'RIGHTS_TOO_WIDE'
  constructor(excess: readonly string[]) {
    super('The database user may do more than it needs.', {
      facts: [
        ...excess.slice(0, 20),
        ...(excess.length > 20 ? [`and ${excess.length - 20} more`] : []),
        'Use the account of the statements printed, or say --accept-rights. Nothing was written.',
      ],
    })
  }
}
