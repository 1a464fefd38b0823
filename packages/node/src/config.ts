import { isIP } from 'node:net'
import { longestPromise } from '@medrec/protocol'
import { z } from 'zod'

const file = z.string().min(1)
const url = z.url({ protocol: /^https?$/, error: 'an address such as "https://node.example:8600"' })
const door = z.url({
  protocol: /^wss?$/,
  error: 'a WebSocket address such as "ws://localhost:8545/"',
})
/** What is written waits for the next anchor, and this for a relay's next batch, within the longest promise. */
const longestPeriod = longestPromise / 2 - 300

/** An IP address, or a network of them; never all there are. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const kind = isIP(address)
  if (kind === 0 || rest.length > 0) return false
  const most = kind === 4 ? 32 : 128
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= most)
}

const listen = z.strictObject({
  /** 0: any free port */
  port: z.number().int().min(0).max(65_535),
  /** Anything but `localhost` needs `tls`: patients' browsers and staff talk to this address */
  host: z.string().min(1).default('localhost'),
  tls: z.strictObject({ cert: file, key: file }).optional(),
  /** How others reach this node, when it is not `host:port` (a proxy in front of it) */
  url: url.optional(),
  /** Proxies whose `X-Forwarded-For` says who asks; nobody's unless named */
  trusted_proxies: z
    .array(z.string().refine(isNetwork, 'an IP address or network such as "10.1.0.0/16"'))
    .min(1)
    .optional(),
})

const keystore = z.strictObject({
  file,
  passphrase_file: file.optional(),
  passphrase_env: z.string().min(1).optional(),
})

const network = z.strictObject({
  file,
  /** Chain doors to use instead of those that the network file names */
  doors: z.array(door).min(1).optional(),
})

const common = {
  name: z.string().min(1).max(80),
  /** Folder of this node's files, relative to the configuration file */
  home: z.string().min(1).default('.'),
  log: z
    .strictObject({ file, level: z.enum(['info', 'warn', 'error']).default('info') })
    .optional(),
}

const rhythm = z.union([
  z.literal('at-once'),
  /** One batch of so many bytes each period, filled up with cover */
  z.strictObject({
    period_seconds: z.number().int().min(1).max(longestPeriod),
    size: z.number().int().min(1_000).max(120_000),
  }),
])

const chain = z.strictObject({
  role: z.literal('chain'),
  ...common,
  listen: z.strictObject({ port: z.number().int().min(0).max(65_535) }),
  chain: z.strictObject({
    /** SQLite file with every sealed block */
    journal: file,
    /** Shortest time between two blocks */
    block_milliseconds: z.number().int().min(10).max(60_000).default(1_000),
    /** Names the network once it is founded; blocks go to its researchers in turn */
    network_file: file.optional(),
    /** Where the key of the account that pays for the founding is written, readable by its owner only */
    funder_key_file: file.optional(),
  }),
})

const registrar = z.strictObject({
  role: z.literal('registrar'),
  ...common,
  listen,
  network,
  keystore,
  registrar: z.strictObject({
    database: file,
    /** Identity numbers are blinded with this key; who has it and a list of numbers can test them */
    oprf_key_file: file,
  }),
})

/** Where a password or token stands: a file, or a variable of the environment. */
function secret<Name extends string>(name: Name) {
  const optional = z.string().min(1).optional()
  return { [`${name}_secret_file`]: optional, [`${name}_secret_env`]: optional } as {
    readonly [key in `${Name}_secret_${'file' | 'env'}`]: typeof optional
  }
}

const provider = z.strictObject({
  role: z.literal('provider'),
  ...common,
  listen,
  network,
  keystore,
  provider: z.strictObject({
    /** This node's own database */
    database: file,
    /** The institution's database with the patients' records: a SQLite file, or an address (docs/operations.md) */
    records: z.string().min(1),
    ...secret('records'),
    /** The same database with an account that writes; only a SQLite file is written without */
    write_records: z.string().min(1).optional(),
    ...secret('write'),
    /** Databases that the IT console may be told to connect, besides `records` (docs/databases.md) */
    setup_databases: z.array(z.string().min(1)).min(1).optional(),
    /** Name of a catalogue that comes with MedRec, or a JSON file */
    catalogue: file,
    registrar: url,
    /** Web pages that may ask this gatekeeper */
    origins: z.array(url).default([]),
    rhythm: rhythm.default('at-once'),
    /** A patient's app; printed on invitations */
    portal: url.optional(),
    /** Shows example log-ins on the sign-in page; for demonstrations only */
    demo: z.boolean().default(false),
  }),
})

const portal = z.strictObject({
  role: z.literal('portal'),
  ...common,
  listen,
  network,
  portal: z.strictObject({
    /** Shown before the chain was read */
    institutions: z.array(z.strictObject({ name: z.string(), url })).default([]),
    /** File with the words of invented people; their page exists in a demonstration only */
    demo_people: file.optional(),
  }),
})

const patient = z.strictObject({
  role: z.literal('patient'),
  ...common,
  listen,
  network,
  keystore,
  patient: z.strictObject({ database: file }),
})

const relay = z.strictObject({
  role: z.literal('relay'),
  ...common,
  listen,
  network,
  keystore,
  relay: z.strictObject({ database: file, rhythm: rhythm.default('at-once') }),
})

/** What a node's configuration file may say; one process plays one role (ARCHITECTURE.md, Processes). */
export const nodeConfig = z.discriminatedUnion(
  'role',
  [chain, registrar, provider, portal, patient, relay],
  { error: 'one of "chain", "registrar", "provider", "portal", "patient", "relay"' },
)

export type NodeConfig = z.infer<typeof nodeConfig>
export type Role = NodeConfig['role']
export type ConfigOf<R extends Role> = Extract<NodeConfig, { role: R }>
export type Listen = z.infer<typeof listen>
export type KeystoreConfig = z.infer<typeof keystore>
