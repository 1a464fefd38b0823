import { mkdirSync } from 'node:fs'
import type { NodeConfig } from '../config.ts'
import { printConfig } from '../configFile.ts'
import { type DemoHome, type NodeName, writeWhole } from './home.ts'

type Home = Pick<DemoHome, 'path' | 'ports' | 'chain'>
export type ProcessName = NodeName | 'portal'

/** The demonstration's institutions: name of the process and what people call it. */
export const demoInstitutions = [
  { key: 'riverside', name: 'Riverside Hospital' },
  { key: 'lakeview', name: 'Lakeview Medical Group' },
  { key: 'hillcrest', name: 'Hillcrest Family Practice' },
] as const
export type InstitutionKey = (typeof demoInstitutions)[number]['key']

/** Where a process of the demonstration listens. */
export function urlOf(home: Home, name: NodeName): string {
  return name === 'chain'
    ? (home.chain ?? `ws://127.0.0.1:${home.ports.chain}`)
    : `http://localhost:${home.ports[name]}`
}

/** Writes every node's configuration; a start after a change of port or program writes them anew. */
export function writeConfigs(home: Home, portalPort: number): ReadonlyMap<ProcessName, string> {
  const portal = `http://localhost:${portalPort}`
  const configs: readonly (readonly [ProcessName, NodeConfig])[] = [
    ['chain', chainConfig(home)],
    ['registrar', registrarConfig(home)],
    ...demoInstitutions.map(
      ({ key, name }) => [key, providerConfig(home, { key, name, portal })] as const,
    ),
    ['portal', portalConfig(home, portalPort)],
  ]
  return new Map(
    configs.map(([name, config]) => {
      mkdirSync(home.path('nodes', name), { recursive: true, mode: 0o700 })
      const file = home.path('nodes', name, 'node.toml')
      writeWhole(file, printConfig(config))
      return [name, file]
    }),
  )
}

const network = '../../network.json'
const keystore = { file: 'keystore.json', passphrase_file: 'passphrase' }
const log = { file: 'node.log', level: 'info' as const }

function chainConfig(home: Home): NodeConfig {
  return {
    role: 'chain',
    name: 'Chain',
    home: '.',
    log,
    listen: { port: home.ports.chain },
    chain: {
      journal: 'journal.db',
      block_milliseconds: 250,
      network_file: network,
      funder_key_file: 'funder.key',
    },
  }
}

function registrarConfig(home: Home): NodeConfig {
  return {
    role: 'registrar',
    name: 'Registrar',
    home: '.',
    log,
    listen: { port: home.ports.registrar, host: 'localhost' },
    network: { file: network, doors: [urlOf(home, 'chain')] },
    keystore,
    registrar: { database: 'node.db', oprf_key_file: 'oprf.key' },
  }
}

function providerConfig(
  home: Home,
  { key, name, portal }: { key: InstitutionKey; name: string; portal: string },
): NodeConfig {
  return {
    role: 'provider',
    name,
    home: '.',
    log,
    listen: { port: home.ports[key], host: 'localhost' },
    network: { file: network, doors: [urlOf(home, 'chain')] },
    keystore,
    provider: {
      database: 'node.db',
      records: `../../institutions/${key}.db`,
      catalogue: key,
      registrar: urlOf(home, 'registrar'),
      origins: [portal],
      rhythm: 'at-once',
      portal,
      demo: true,
    },
  }
}

function portalConfig(home: Home, port: number): NodeConfig {
  return {
    role: 'portal',
    name: 'MedRec',
    home: '.',
    log,
    listen: { port, host: 'localhost' },
    network: { file: network },
    portal: {
      institutions: demoInstitutions.map(({ key, name }) => ({ name, url: urlOf(home, key) })),
      demo_people: '../../people.json',
    },
  }
}
