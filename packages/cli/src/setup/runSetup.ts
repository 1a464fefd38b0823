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
import { sameOrMade } from './offerRole.ts'
import type { Connected, Session } from './Session.ts'
import { askExclusions, askName, catalogueOf } from './settle.ts'
import { preview, type TriedOut, tryOut } from './tryOut.ts'
import { isRefusal, takeWayOut } from './wayOut.ts'

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
  const { catalogue, tried } = await mapped(session, first)
  const { connected, run } = tried
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

/** Maps and tries until it serves; a person is told what is wrong and chooses a way out of it. */
async function mapped(
  session: Session,
  first: Connected,
): Promise<{ catalogue: Catalogue; tried: TriedOut }> {
  for (;;) {
    // A narrower account may have been made meanwhile.
    const connected = sameOrMade(session, first)
    const { source } = connected
    const schema = source.engine === 'fhir' ? undefined : await Setup.readSchema(source)
    try {
      const mapping = await askMapping(session, source.engine, schema)
      session.learn({ mapping })
      await askExclusions(session, connected, schema)
      session.learn({ draft: undefined })
      const catalogue = await catalogueOf(session, connected, schema)
      const tried = await tryOut(session, connected, catalogue)
      await preview(session, tried.run)
      return { catalogue, tried }
    } catch (error) {
      if (!session.dialog.isPerson || !isRefusal(error)) throw error
      await takeWayOut(session, schema, error)
    }
  }
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
