import { isObject, type Json } from './losslessJson.ts'

/** Goes from values to their members, or keeps some of them. */
type Step = (values: readonly Json[]) => readonly Json[]

/** A path in a resource, ready to be followed. */
export type Path = (resource: Json) => readonly Json[]

const step =
  /([A-Za-z]+)\((?:([A-Za-z]+)\s*=\s*'([^']*)')?\)|([A-Za-z][A-Za-z0-9]*)(?:\[(\d{1,3})\])?/y

/**
 * Reads a path: names, `[0]`, `first()`, `where(name='text')` and `|` for the first alternative that is there; a
 * small part of FHIRPath (HL7 FHIRPath 2.0, section 5), by which nothing but members can be reached. Undefined when
 * it is anything else.
 */
export function parsePath(text: string): Path | undefined {
  const alternatives = splitOutsideQuotes(text).map((part) => parseSteps(part.trim()))
  if (alternatives.some((steps) => steps === undefined)) return undefined
  return (resource) => {
    for (const steps of alternatives as readonly (readonly Step[])[]) {
      const found = steps.reduce<readonly Json[]>((values, next) => next(values), [resource])
      if (found.length > 0) return found
    }
    return []
  }
}

function parseSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    if (steps.length > 0) {
      if (text[at] !== '.') return undefined
      at += 1
    }
    step.lastIndex = at
    const match = step.exec(text)
    const found = match && stepOf(match)
    if (!match || !found) return undefined
    steps.push(found)
    at += match[0].length
  }
  return steps.length > 0 ? steps : undefined
}

function stepOf([, called, name, literal, member, place]: RegExpExecArray): Step | undefined {
  if (member !== undefined) {
    const into = membersOf(member)
    return place === undefined
      ? into
      : (values) => into(values).slice(Number(place), Number(place) + 1)
  }
  if (called === 'first' && name === undefined) return (values) => values.slice(0, 1)
  if (called !== 'where' || name === undefined) return undefined
  return (values) => values.filter((value) => isObject(value) && value[name] === literal)
}

function membersOf(name: string): Step {
  return (values) =>
    values.flatMap((value) => {
      const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
      if (member === undefined || member === null) return []
      return Array.isArray(member) ? (member as readonly Json[]) : [member]
    })
}

/** Parts between bars, but not those inside quotes. */
function splitOutsideQuotes(text: string): readonly string[] {
  return text.split(/('[^']*')/).reduce<readonly string[]>(
    (parts, piece, i) => {
      const [first = '', ...more] = i % 2 === 1 ? [piece] : piece.split('|')
      return [...parts.slice(0, -1), `${parts.at(-1)}${first}`, ...more]
    },
    [''],
  )
}
