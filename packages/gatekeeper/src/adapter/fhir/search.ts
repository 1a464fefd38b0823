import { CatalogueError } from '../../catalogue.ts'

/** A search of one type of resource (FHIR R4, section 3.1.1). */
export type Search = {
  readonly type: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/**
 * Parameters that only narrow what is found. Whatever reaches other resources (`_include`, `_revinclude`, `_has`,
 * chains, operations) or changes what a parameter means (modifiers) is not among them.
 */
const narrowing: ReadonlySet<string> = new Set([
  ...['_id', '_count', 'patient', 'subject', 'category', 'code', 'status', 'type', 'class'],
  ...['clinical-status', 'verification-status', 'intent', 'date', 'vaccine-code', 'active'],
  ...['identifier', 'name', 'family', 'given', 'birthdate', 'gender'],
])
/** Where the owner may stand; a search without one would find everybody's. */
const ofOwner: ReadonlyMap<string, string> = new Map([
  ['patient', ':owner'],
  ['subject', 'Patient/:owner'],
  ['_id', ':owner'],
])
const fixed = /^[A-Za-z0-9:/|.,_-]*$/

/** Reads `Type?name=value&...` with `:owner` (a resource) or `:value` (a search for people). Throws CatalogueError. */
export function parseSearch(text: string, kind: 'owner' | 'value' | 'list'): Search {
  const match = /^([A-Z][A-Za-z]{1,39})\?([^?#\s]*)$/.exec(text)
  const [, type = '', query = ''] = match ?? []
  const parameters = query.split('&').map((part): readonly [string, string] => {
    const at = part.indexOf('=')
    return [part.slice(0, Math.max(at, 0)), part.slice(at + 1)]
  })
  const named = (name: string, value: string): boolean =>
    kind === 'owner' ? ofOwner.get(name) === value : value === ':value'
  const open = parameters.filter(([name, value]) => named(name, value))
  const wrong = parameters.find(
    ([name, value]) => !narrowing.has(name) || !(named(name, value) || isFixed(value)),
  )
  if (!match || wrong || open.length !== (kind === 'list' ? 0 : 1))
    throw new CatalogueError('A FHIR search is not one that may be asked.', [
      `Search: ${text}`,
      ...(wrong ? [`Parameter: ${wrong[0]}`] : []),
    ])
  return { type, parameters }
}

/** The search's address for an owner, or for what somebody typed. */
export function searchAddress(base: string, search: Search, value: string): string {
  const query = search.parameters.map(([name, given]) => {
    const filled = given.replace(/:owner$|^:value$/, () => value)
    return `${name}=${encodeURIComponent(filled)}`
  })
  return `${base}/${search.type}?${query.join('&')}`
}

/** Typed text as one value: what separates values and their parts loses that meaning (FHIR R4, section 3.1.1.4.0.1). */
export function escaped(value: string): string {
  return value.replaceAll(/[\\,$|]/g, (sign) => `\\${sign}`)
}

/** Whether a text can be a resource's id (FHIR R4, id). */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9.-]{1,64}$/.test(text)
}

function isFixed(value: string): boolean {
  return fixed.test(value) && !value.includes(':owner') && !value.includes(':value')
}
