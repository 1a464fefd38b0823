import { isObject, type Json, objects, text } from './json.ts'

/** One entry of a bundle with its stable id. */
export type Resource = { readonly type: string; readonly id: string; readonly json: Json }

/** A reference as it stands: what it resolves to in this bundle, and what it says of itself. */
export type Reference = {
  readonly resource: Resource | undefined
  /** Last part of the reference: an id or the value of a conditional one */
  readonly id: string
  readonly display: string
}

/** Finds the resources of one bundle by all the names they go by. */
export type ReferenceIndex = {
  readonly resources: readonly Resource[]
  resolve(value: unknown, holder?: Json): Reference | undefined
}

const idForm = /^[A-Za-z0-9.-]{1,64}$/
const shared = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'Location'])

/**
 * Indexes a bundle's entries by fullUrl, `urn:uuid:<id>`, `Type/id` and `Type?identifier=system|value`
 * (FHIR R4 Bundle 2.36.4.1, conditional references of transactions). A name that two different resources go
 * by resolves to nothing, lest one person's entry be filed under another; organisations and professionals
 * may stand twice.
 */
export function indexReferences(
  entries: readonly { fullUrl: string; json: Json }[],
): ReferenceIndex {
  const index = new Map<string, Resource | undefined>()
  const resources = entries.map(({ fullUrl, json }, position) => {
    const resource = {
      type: text(json['resourceType']),
      id: stableId(json, fullUrl, position),
      json,
    }
    for (const name of namesOf(resource, fullUrl)) {
      const known = index.has(name) && !shared.has(resource.type)
      index.set(name, known ? undefined : resource)
    }
    return resource
  })
  return {
    resources,
    resolve(value, holder) {
      if (!isObject(value)) return undefined
      const reference = text(value['reference'])
      const display = text(value['display'])
      if (reference === '' && display === '') return undefined
      const id = reference.replace(/^.*[/|:#]/s, '')
      const resource = reference.startsWith('#')
        ? contained(holder, reference.slice(1))
        : index.get(reference.replace(/\/_history\/[^/]*$/, ''))
      return { resource, id: resource?.id ?? id, display }
    },
  }
}

function contained(holder: Json | undefined, id: string): Resource | undefined {
  const json = objects(holder?.['contained']).find((inner) => inner['id'] === id)
  return json && { type: text(json['resourceType']), id, json }
}

function stableId(json: Json, fullUrl: string, position: number): string {
  const id = text(json['id'])
  if (idForm.test(id)) return id
  const last = fullUrl.replace(/^.*[/:]/s, '')
  return idForm.test(last) ? last : `entry-${position}`
}

function namesOf(resource: Resource, fullUrl: string): readonly string[] {
  const { type, id, json } = resource
  const identifiers = objects(json['identifier']).map(
    (one) => `${type}?identifier=${text(one['system'])}|${text(one['value'])}`,
  )
  return [...new Set([fullUrl, `urn:uuid:${id}`, `${type}/${id}`, ...identifiers])].filter(Boolean)
}
