import { CatalogueError, type WriteTemplate } from '../../catalogue.ts'
import type { Change } from '../Writer.ts'
import { isObject, type Json, JsonNumber, type JsonObject, parseLossless } from './losslessJson.ts'

const ownerReference = 'Patient/:owner'

/**
 * The resource of a template with its values: a text `":name"` becomes the value in its JSON type, `Patient/:owner`
 * the patient; what stays empty is left out.
 */
export function filled(change: Pick<Change, 'template' | 'values' | 'owner' | 'key'>): JsonObject {
  const body = parseLossless(JSON.stringify(change.template.body ?? {}))
  const found = fill(body, change)
  return isObject(found) ? found : {}
}

/** Throws CatalogueError unless a template's body names its parameters, and no others. */
export function requireTemplate(resource: string, { body, parameters }: WriteTemplate): void {
  if (body === undefined)
    throw new CatalogueError('A template for a FHIR server has a body.', [`Resource: ${resource}`])
  const named = new Set(
    [...JSON.stringify(body).matchAll(/":([a-z0-9_]+)"/g)].map((match) => match[1] as string),
  )
  const known = new Set(['id', 'owner', ...parameters.map(({ name }) => name)])
  const wrong = [
    ...[...named].filter((name) => !known.has(name)),
    ...parameters.map(({ name }) => name).filter((name) => !named.has(name)),
  ]
  if (wrong.length > 0)
    throw new CatalogueError('A template and its parameters do not name the same values.', [
      `Resource: ${resource}`,
      ...wrong.map((name) => `Parameter: ${name}`),
    ])
}

/** Members of `patch` in place of those of `resource`; null takes a member away (RFC 7396). */
export function merged(resource: JsonObject, patch: JsonObject): JsonObject {
  const members = new Map(Object.entries(resource))
  for (const [name, value] of Object.entries(patch)) {
    const old = members.get(name)
    if (value === null) members.delete(name)
    else members.set(name, isObject(value) && isObject(old) ? merged(old, value) : value)
  }
  return Object.fromEntries(members)
}

type Filling = Parameters<typeof filled>[0]

function fill(value: Json, filling: Filling): Json | undefined {
  if (typeof value === 'string') return textFilled(value, filling)
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => fill(item, filling))
    const kept = items.filter((item) => item !== undefined)
    return kept.length > 0 ? kept : undefined
  }
  if (!isObject(value)) return value
  const members = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
    const inner = fill(member, filling)
    return inner === undefined ? [] : [[name, inner]]
  })
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

function textFilled(text: string, { template, values, owner, key }: Filling): Json | undefined {
  if (text === ownerReference) return `Patient/${owner}`
  const name = /^:([a-z0-9_]+)$/.exec(text)?.[1]
  if (name === undefined) return text
  if (name === 'id') return key
  if (name === 'owner') return owner
  const value = values[name] ?? null
  if (value === null) return undefined
  const type = template.parameters.find((one) => one.name === name)?.type
  if (type === 'int' || type === 'decimal') return new JsonNumber(value)
  if (type === 'bool') return value === 'true'
  if (type === 'json') return parseLossless(value)
  return type === 'bytes' ? Buffer.from(value, 'base64url').toString('base64') : value
}
