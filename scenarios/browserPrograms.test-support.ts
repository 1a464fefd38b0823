import { join } from 'node:path'
import { certify, readNetwork } from '@medrec/node'
import { type DemoHome, demoInstitutions, urlOf } from '@medrec/node/demo'
import type { DemoPerson } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { type Actor, openActor } from '../packages/cli/src/story/Actor.ts'

/** What is done beside the browser. */
export type Programs = {
  /** A program with somebody's 12 words, of which no screen keeps watch */
  program(person: DemoPerson): Promise<Actor>
  /** The other institutions vote an institution out of the network. */
  expel(idTag: Hex): Promise<void>
}

type Home = Omit<DemoHome, 'unlock'>

/** Programs beside a demonstration that runs in a folder. */
export function programsOf(home: Home, folder: string): Programs {
  const network = readNetwork(home.path('network.json'), [urlOf(home, 'chain')])
  return {
    program: (person) =>
      openActor({
        ...{ person, network, entropy: home.entropyOf(person.login) },
        folder: join(folder, 'programs'),
      }),
    async expel(idTag) {
      for (const { key } of demoInstitutions) {
        const { isCertified } = await certify({
          ...{ configFile: home.path('nodes', key, 'node.toml'), environment: {}, idTag },
          ...{ role: 'institution', certified: false, clock: () => Math.floor(Date.now() / 1_000) },
        })
        if (!isCertified) return
      }
      throw new Error('the institution is still certified')
    },
  }
}
