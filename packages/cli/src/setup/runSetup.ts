import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Catalogue } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import {
  filesInTheWay,
  type ProviderFiles,
  type ProviderSettings,
  providerTexts,
  writeProvider,
} from '@medrec/node/setup'
import { askMapping } from './askMapping.ts'
import { askSettings } from './askSettings.ts'
import { connect } from './connect.ts'
import { draftAfter } from './pickAll.ts'
import type { Connected, Session } from './Session.ts'
import { askExclusions, askName, catalogueOf } from './settle.ts'
import { preview, type TriedOut, tryOut } from './tryOut.ts'

/** What a setup came to. */
export type SetUp = ProviderFiles & {
  readonly resources: readonly {
    readonly name: string
    readonly category: number
    readonly rows: number
  }[]
  readonly patients: number
  readonly excess: number
  /** Commands that come next */
  readonly next: readonly string[]
}

/**
 * Connects an institution's database and writes its node's configuration: address, mapping, exclusions, dry run,
 * preview, files (requirement 8). Nothing but answers is written before the end.
 */
export async function runSetup(session: Session, overwrite: boolean): Promise<SetUp> {
  const first = await connect(session)
  await askName(session)
  const schema = first.source.engine === 'fhir' ? undefined : await Setup.readSchema(first.source)
  const { catalogue, tried } = await mapped(session, first, schema)
  const { connected, run } = tried
  await preview(session, run)
  session.dialog.tell('\n6/6  The node')
  const settings = await askSettings(session, connected)
  const files = writeProvider({
    ...{ folder: session.folder, settings, catalogue },
    overwrite: overwrite || (await mayOverwrite(session, settings, catalogue)),
  })
  return {
    ...files,
    patients: run.people.length,
    excess: run.excess.length,
    resources: catalogue.resources.map(({ name, category }) => ({
      ...{ name, category },
      rows: run.previews
        .filter(({ resource }) => resource === name)
        .reduce((sum, { rows }) => sum + rows.length, 0),
    })),
    next: nextCommands(session, settings),
  }
}

/** Maps and tries until it serves; a person is told what is wrong and maps again. */
async function mapped(
  session: Session,
  connected: Connected,
  schema: Setup.Schema | undefined,
): Promise<{ catalogue: Catalogue; tried: TriedOut }> {
  for (;;) {
    try {
      const mapping = await askMapping(session, connected.source.engine, schema)
      session.learn({ mapping, draft: undefined })
      await askExclusions(session, connected, schema)
      const catalogue = await catalogueOf(session, connected, schema)
      return { catalogue, tried: await tryOut(session, connected, catalogue) }
    } catch (error) {
      if (!session.dialog.isPerson || !(error instanceof Setup.MappingError)) throw error
      session.dialog.tell(`\n${error.message}\n(${error.code}: see docs/errors.md)`)
      forget(session, schema, error.problems)
    }
  }
}

/** Keeps what was right of the answers, so that only the rest is asked again. */
function forget(
  { answers, learn }: Session,
  schema: Setup.Schema | undefined,
  problems: readonly string[],
): void {
  const names = (word: string): boolean => problems.some((problem) => problem.includes(word))
  const isLabel = problems.every((problem) => problem.startsWith('sensitivity:'))
  const { mapping } = answers
  learn({
    ...((isLabel || names('sensitivity')) && { sensitivity: undefined }),
    ...(names('excluded') && { exclusions: undefined }),
    ...(!isLabel && {
      mapping: undefined,
      draft:
        typeof mapping === 'object' && schema ? draftAfter(mapping, schema, problems) : undefined,
    }),
  })
}

async function mayOverwrite(
  { dialog, folder }: Session,
  settings: ProviderSettings,
  catalogue: Catalogue,
): Promise<boolean> {
  const there = filesInTheWay(folder, [...providerTexts(settings, catalogue)])
  if (there.length === 0 || !dialog.isPerson) return false
  return dialog.confirm('overwrite', `Replace ${there.join(' and ')}?`, false)
}

function nextCommands(
  { folder, answers }: Session,
  { network }: ProviderSettings,
): readonly string[] {
  const here = relative(process.cwd(), folder) || '.'
  const config = join(here, 'node.toml')
  const request = `medrec network request --network ${join(here, network)} --dir ${here} --name ${JSON.stringify(answers.name)}`
  return [
    ...(existsSync(join(folder, 'keystore.json')) ? [] : [request]),
    `medrec staff add --config ${config} --login LOGIN --name "NAME" --role clinician`,
    `medrec node --config ${config}`,
  ]
}
