import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { readNetwork } from '@medrec/node'
import type { ProviderSettings } from '@medrec/node/setup'
import { MedrecError } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { askUntil, type Wrong, wrong } from './askUntil.ts'
import type { Connected, Session } from './Session.ts'
import { tryEngine } from './tryEngine.ts'

/** How long a service may take to answer at all, in milliseconds. */
const patience = 5_000
/** What a node may say of itself (packages/node/src/config.ts). */
const roles = ['chain', 'registrar', 'provider', 'portal', 'relay', 'patient'] as const

/** Asks where the network, its services and this node are; what cannot work is asked again. Throws UsageError. */
export async function askSettings(
  session: Session,
  connected: Connected,
): Promise<ProviderSettings> {
  const { dialog, answers, folder, learn } = session
  const network = await askNetwork(session)
  const doors = await askDoors(session, network)
  const registrar = await askUntil(dialog, {
    key: 'registrar',
    question: "Address of the registrar's service (whoever founded the network knows it)",
    ...{ proposal: 'http://localhost:8610', told: answers.registrar },
    read: reachedRegistrar(dialog.isPerson),
  })
  const reachedApp = reached(dialog)
  const portal = await askUntil(dialog, {
    key: 'portal',
    question: 'Address of the patients\' app ("none": no app yet)',
    ...{ proposal: 'none', told: answers.portal },
    read: (answer) => (answer === 'none' ? answer : reachedApp(answer)),
  })
  const port = await askUntil(dialog, {
    ...{ key: 'port', question: 'Port of this node', proposal: '8620' },
    ...{ told: answers.port === undefined ? undefined : String(answers.port), read: portOf },
  })
  learn({ network, registrar, portal, port, ...(doors && { doors }) })
  const { secretFile } = connected
  return {
    ...{ name: answers.name ?? '', records: connected.address, port, registrar },
    network: relative(folder, resolve(network)),
    ...(secretFile !== undefined && { secretFile: fromFolder(folder, secretFile) }),
    ...(doors && { doors }),
    ...(portal !== 'none' && { portal }),
  }
}

async function askNetwork({ dialog, answers, folder }: Session): Promise<string> {
  const usual = resolve(folder, '../network.json')
  const found = [usual, resolve(folder, 'network.json')].find(existsSync)
  return askUntil(dialog, {
    key: 'network',
    question: "The network's description, from whoever founded it",
    ...{ proposal: found ?? usual, told: answers.network },
    read: (answer) => {
      if (existsSync(resolve(answer))) return usable(resolve(answer)) ?? answer
      dialog.tell(`${answer} is not there yet; the node needs it at its start.`)
      return answer
    },
  })
}

function usable(file: string): Wrong | undefined {
  try {
    readNetwork(file)
    return undefined
  } catch (error) {
    if (!(error instanceof MedrecError)) throw error
    return wrong(error.message)
  }
}

/** Doors of other institutions only read: where the network's file names no engine, a person names one. */
async function askDoors(
  { dialog, answers }: Session,
  network: string,
): Promise<string[] | undefined> {
  if (answers.doors || !existsSync(resolve(network))) return answers.doors
  const { chainId, doors } = readNetwork(resolve(network))
  const [first] = doors
  const is = first === undefined ? 'silent' : await tryEngine(first, chainId)
  if (is === 'engine') return undefined
  if (!dialog.isPerson) {
    // A chain that is not started yet may be an engine; what answers and is none stays none.
    if (is !== 'silent') throw new UsageError(noEngine)
    dialog.tell(`No engine of the chain answers yet at ${first ?? 'any door'}.`)
    return undefined
  }
  const engine = await askUntil(dialog, {
    key: 'doors',
    question:
      "Address of the chain's engine, to which this node sends what it writes (the network's file names doors, which only read)",
    proposal: 'ws://127.0.0.1:8545',
    read: async (answer) => {
      const is = await tryEngine(answer, chainId)
      return is === 'engine' ? answer : wrong(wrongEngine[is])
    },
  })
  return [engine]
}

const noEngine =
  'The first door of the network’s file is no engine of its chain, and this node could send nothing: name the engine (--door ws://HOST:PORT).'

const wrongEngine = {
  'no address': 'Write it as ws://HOST:PORT.',
  silent: 'Nothing answers there. Start the engine, or correct host and port.',
  'another chain': "This is another chain than the network's file names.",
  door: "This is an institution's door, which only reads. Name the engine itself: on one machine the chain's node, else your own geth.",
} as const

function webAddress(answer: string): string | Wrong {
  const url = URL.canParse(answer) ? new URL(answer) : undefined
  return url && /^https?:$/.test(url.protocol)
    ? answer
    : wrong('Write it with http:// or https://, for example https://registrar.example:8610.')
}

/**
 * An address at which a registrar answers. A person who gives a silent one twice means it; a script is refused, for
 * nobody would learn before the first look-up that it was wrong.
 */
function reachedRegistrar(isPerson: boolean): (answer: string) => Promise<string | Wrong> {
  let silent: string | undefined
  return async (answer) => {
    const address = webAddress(answer)
    if (typeof address !== 'string' || address === silent) return address
    const role = await roleAt(address)
    if (role === 'registrar' || role === 'untold') return address
    if (role !== 'silent')
      return wrong(`A node answers at ${address}, but its role is ${role}. Name the registrar's.`)
    if (!isPerson)
      return wrong(
        `nothing answers at ${address}. Start the registrar's service or name its address (--registrar URL), then run the same command again: what was answered is kept. Neither node.toml nor catalogue.json was written.`,
      )
    silent = address
    return wrong(silentText(address))
  }
}

/** An address at which something answers; who gives a silent one twice means it, and a script is only told. */
function reached({
  isPerson,
  tell,
}: Session['dialog']): (answer: string) => Promise<string | Wrong> {
  let silent: string | undefined
  return async (answer) => {
    const address = webAddress(answer)
    if (typeof address !== 'string' || address === silent) return address
    if ((await roleAt(address)) !== 'silent') return address
    silent = address
    if (isPerson) return wrong(silentText(address))
    tell(`Nothing answers at ${address} just now; patients need it there.`)
    return address
  }
}

function silentText(address: string): string {
  return `Nothing answers at ${address} just now. Correct it, or give it again if it is right.`
}

/** The role that a node says it has; "untold" where something else answers. */
async function roleAt(address: string): Promise<(typeof roles)[number] | 'untold' | 'silent'> {
  try {
    const answer = await fetch(new URL('status', `${address.replace(/\/+$/, '')}/`), {
      signal: AbortSignal.timeout(patience),
      redirect: 'manual',
    })
    if (answer.status >= 500) return 'silent'
    const told = (await answer.json().catch(() => null)) as { role?: unknown } | null
    return roles.find((role) => role === told?.role) ?? 'untold'
  } catch {
    return 'silent'
  }
}

function portOf(answer: string): number | Wrong {
  const port = Number(answer)
  return /^\d{1,5}$/.test(answer) && port >= 1 && port <= 65_535
    ? port
    : wrong('A whole number from 1 to 65535.')
}

/** A file of the node's own folder moves with it. */
function fromFolder(folder: string, file: string): string {
  const path = relative(folder, file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}
