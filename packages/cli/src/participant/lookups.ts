import {
  Contact,
  type DelegationState,
  Query,
  Relationship,
  type RelationshipState,
  Share,
  type ShareState,
} from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { NotFoundError, RefusedError } from './errors.ts'
import type { Person } from './open.ts'

/** How a person calls somebody: by her contacts, an institution's public name, or the first digits. */
export function nameOf({ participant }: Person, idTag: Hex | undefined): string {
  if (idTag === undefined) return 'somebody'
  if (idTag === participant.me()?.idTag) return 'you'
  const contact = Contact.list(participant).find((known) => known.idTag === idTag)
  return contact?.name ?? participant.chain.view().profile(idTag)?.name ?? idTag.slice(0, 12)
}

/** One relationship by its id's first digits or its institution's name. Throws NotFoundError. */
export function relationshipOf(
  person: Person,
  text: string,
  among: (state: RelationshipState) => boolean = () => true,
): RelationshipState {
  const all = Relationship.list(person.participant).filter(among)
  const other = ({ role, steward, subject }: RelationshipState): Hex =>
    role === 'subject' ? steward : subject
  return one(
    'relationship',
    'medrec relationship list',
    byIdOrName(
      all,
      text,
      ({ id }) => id,
      (state) => nameOf(person, other(state)),
    ),
  )
}

/** One share by its grant's first digits; `see`: the command that lists them. Throws NotFoundError. */
export function shareOf<T extends { readonly grant: Hex }>(
  text: string,
  among: readonly T[],
  see = 'medrec share list',
): T {
  return one(
    'share',
    see,
    among.filter(({ grant }) => startsWith(grant, text)),
  )
}

/** One delegation by its slot's first digits. Throws NotFoundError. */
export function delegationOf(text: string, among: readonly DelegationState[]): DelegationState {
  return one(
    'delegation',
    'medrec delegate list',
    among.filter(({ slot }) => startsWith(slot, text)),
  )
}

/** Shares given and received. */
export function allShares({ participant }: Person): readonly ShareState[] {
  return [...Share.listMine(participant), ...Share.listSharedWithMe(participant)]
}

/** Somebody to share with: a contact or institution, by name or idTag. Throws NotFoundError. */
export function someoneOf(person: Person, text: string): Hex {
  const { participant } = person
  const people = [
    ...Contact.list(participant).map(({ idTag, name }) => ({ idTag, name })),
    ...participant.chain.view().institutions(),
  ]
  const unique = [...new Map(people.map((known) => [known.idTag, known])).values()]
  const fitting = byIdOrName(
    unique,
    text,
    ({ idTag }) => idTag,
    ({ name }) => name,
  )
  return one('contact', 'medrec contact list', fitting).idTag
}

/** One of a source's records, by resource, label or pointer. Throws NotFoundError, RefusedError. */
export async function recordsOf(
  person: Person,
  source: Query.Source,
): Promise<Query.Index['pointers']> {
  const answer = await Query.index(person.participant, source)
  if (!answer.ok) throw new RefusedError(answer.code, [answer.words])
  return answer.index.pointers
}

/** One pointer out of an index. Throws NotFoundError. */
export function recordOf(
  records: Query.Index['pointers'],
  text: string,
): Query.Index['pointers'][number] {
  const exact = records.filter(({ catalogue }) => same(catalogue.resource, text))
  const fitting =
    exact.length > 0
      ? exact
      : byIdOrName(
          records,
          text,
          ({ pointer }) => pointer,
          ({ catalogue }) => catalogue.label,
        )
  return one('record', 'medrec query index', fitting)
}

function byIdOrName<T>(
  all: readonly T[],
  text: string,
  id: (item: T) => string,
  name: (item: T) => string,
): readonly T[] {
  const byId = all.filter((item) => startsWith(id(item), text))
  if (byId.length > 0) return byId
  const exact = all.filter((item) => same(name(item), text))
  if (exact.length > 0) return exact
  return all.filter((item) => name(item).toLowerCase().includes(text.toLowerCase()))
}

function one<T>(what: string, see: string, fitting: readonly T[]): T {
  const [first] = fitting
  if (fitting.length !== 1 || first === undefined)
    throw new NotFoundError(what, { found: fitting.length, see })
  return first
}

function startsWith(id: string, text: string): boolean {
  const digits = text.toLowerCase()
  return /^0x[0-9a-f]{4,}$/.test(digits) && id.startsWith(digits)
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
