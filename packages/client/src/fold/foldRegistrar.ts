import { registrarAbi } from '@medrec/contracts'
import { concat, fromHex, type Hex } from '@medrec/protocol'
import { type DecodeEventLogReturnType, decodeEventLog } from 'viem'
import type { BlockRef, ChainLog } from './chainBlock.ts'
import type { Entry, Role } from './facts.ts'
import { registrarItem } from './stream.ts'
import type { Tables } from './Tables.ts'

type RegistrarEvent = DecodeEventLogReturnType<typeof registrarAbi>

/** Numbers of the roles in the Registrar (interfaces/IRegistrar.sol). */
const roles: Readonly<Record<number, Role>> = {
  1: 'institution',
  2: 'researcher',
  3: 'registrar',
  4: 'emergency',
}

/** Folds one log of the Registrar and returns its item of the running head. */
export function foldRegistrarLog(tables: Tables, log: ChainLog, block: BlockRef): Uint8Array {
  const event = decodeEventLog({
    abi: registrarAbi,
    topics: log.topics as [Hex, ...Hex[]],
    data: log.data,
  })
  foldEvent(tables, event, block)
  return registrarItem(log.topics, log.data)
}

function foldEvent(tables: Tables, event: RegistrarEvent, block: BlockRef): void {
  switch (event.eventName) {
    case 'Bound':
      foldBound(tables, event.args, block)
      return
    case 'Attested':
      foldAttested(tables, event.args)
      return
    case 'Voted':
      foldVoted(tables, event.args, block)
      return
    case 'RoleChanged': {
      const { idTag, role, certified } = event.args
      const name = roleOf(role)
      tables.set('role', `${name} ${idTag}`, { idTag, role: name, certified, block })
      return
    }
    case 'ProfileSet':
      tables.set('profile', event.args.idTag, {
        ...event.args,
        anchorKey: lower(event.args.anchorKey),
        block,
      })
      return
    case 'RelaySet': {
      const account = lower(event.args.account)
      const { institution, allowed, sequence } = event.args
      tables.set('relaySequence', institution, sequence)
      tables.set('relay', account, { institution, account, allowed, block })
      return
    }
    case 'CoinbaseSet': {
      const coinbase = lower(event.args.coinbase)
      tables.set('coinbase', event.args.idTag, coinbase)
      tables.set('researcher', coinbase, event.args.idTag)
      return
    }
    default:
      event satisfies never
  }
}

function foldBound(
  tables: Tables,
  args: Extract<RegistrarEvent, { eventName: 'Bound' }>['args'],
  block: BlockRef,
): void {
  const entry: Entry = {
    idTag: args.idTag,
    identity: lower(args.identity),
    version: args.version,
    spendKey: concat(fromHex(args.spendX), fromHex(args.spendY)),
    viewKey: fromHex(args.viewKey),
    assurance: args.assurance,
    institution: args.institution,
    attestedBy: [],
    validFrom: args.validFrom,
    block,
  }
  const current = tables.get<Entry>('entry', entry.idTag)
  if (current) {
    const former = tables.get<readonly Entry[]>('former', entry.idTag) ?? []
    tables.set('former', entry.idTag, [...former, current])
  }
  tables.set('entry', entry.idTag, entry)
  tables.set('identity', entry.identity, entry.idTag)
}

function foldAttested(
  tables: Tables,
  { idTag, version, institution }: { idTag: Hex; version: number; institution: Hex },
): void {
  const entry = tables.get<Entry>('entry', idTag)
  if (entry?.version !== version) return
  tables.set('entry', idTag, { ...entry, attestedBy: [...entry.attestedBy, institution] })
}

function foldVoted(
  tables: Tables,
  args: Extract<RegistrarEvent, { eventName: 'Voted' }>['args'],
  block: BlockRef,
): void {
  const role = roleOf(args.role)
  tables.set('vote', `${args.idTag} ${role} ${args.round} ${args.institution}`, {
    ...args,
    role,
    block,
  })
}

function roleOf(number: number): Role | string {
  return roles[number] ?? String(number)
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}
