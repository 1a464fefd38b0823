import { CatalogueError } from '@medrec/gatekeeper'
import * as Setup from '@medrec/gatekeeper/setup'
import { CatalogueFileError } from '@medrec/node/setup'
import type { MedrecError } from '@medrec/protocol'
import { askUntil, wrong } from './askUntil.ts'
import { draftAfter } from './pickAll.ts'
import { pickedAgain, type Session } from './Session.ts'
import { PreviewRefusedError } from './tryOut.ts'

type Way = {
  readonly word: string
  readonly about: string
  /** Takes it: what is asked or tried next is another thing. */
  readonly take: () => void
}

type Refusal = MedrecError & { readonly problems?: readonly Setup.Problem[] }

/** Whether another answer on what is shared, or what stays, may mend it. */
export function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof Setup.MappingError ||
    error instanceof CatalogueError ||
    error instanceof CatalogueFileError ||
    error instanceof PreviewRefusedError
  )
}

/** Says why a mapping was refused and lets a person choose what to do about it. Throws the refusal who stops. */
export async function takeWayOut(
  session: Session,
  schema: Setup.Schema | undefined,
  refusal: Refusal,
): Promise<void> {
  const { dialog } = session
  const ways = waysOut(session, schema, refusal)
  dialog.tell(
    [
      ...(refusal.code === 'USAGE'
        ? []
        : ['', refusal.message, `(${refusal.code}: see docs/errors.md)`]),
      '\nYou can:',
      ...ways.map(({ word, about }) => `  ${word.padEnd(8)} ${about}`),
      `  ${'stop'.padEnd(8)} end here; what was answered is kept`,
    ].join('\n'),
  )
  const words = [...ways.map(({ word }) => word), 'stop']
  const word = await askUntil(dialog, {
    ...{ key: 'refused', question: `What now (${words.join(', ')})`, proposal: words[0] },
    read: (answer) => (words.includes(answer) ? answer : wrong(`One of: ${words.join(', ')}.`)),
  })
  if (word === 'stop') throw refusal
  ways.find((way) => way.word === word)?.take()
}

/** Ways out; what lets more be read is never the first, which is taken when nothing is typed. */
function waysOut(
  { answers, learn }: Session,
  schema: Setup.Schema | undefined,
  refusal: Refusal,
): readonly Way[] {
  const { mapping, exclusions = [], sensitivity = {} } = answers
  const { problems = [] } = refusal
  const isAbout = (word: Setup.Problem['about']): boolean =>
    problems.some(({ about }) => about === word)
  const again = way('again', 'try the same again, after you changed the database or its account')
  const labels = way('labels', 'say again which kinds of records are sensitive', () =>
    learn({ sensitivity: undefined }),
  )
  const others = way('others', 'try with the first ten patients', () =>
    learn({ samples: undefined }),
  )
  const first = [
    ...(isAbout('sensitivity') ? [labels] : []),
    ...(isAbout('samples') ? [others] : []),
    ...(refusal instanceof CatalogueError ? [again] : []),
  ]
  const last = first.includes(again) ? [] : [again]
  const readable = namedIn(refusal, exclusions)
  const allow = readable.length > 0 ? [{ do: 'allow', tables: readable } as const] : []
  if (typeof mapping !== 'object' || !schema) {
    const another = way('another', 'choose again what is shared', () =>
      learn({ mapping: undefined, draft: undefined }),
    )
    const allowing = allow.map((remedy) =>
      wayOf(remedy, () =>
        learn({ exclusions: exclusions.filter(({ table }) => !readable.includes(table)) }),
      ),
    )
    return [...first, another, ...allowing, ...last]
  }
  const told = { mapping, exclusions, sensitivity }
  const remedies = [...Setup.remediesFor(problems, told), ...allow]
  const ways = remedies.map((remedy) => wayOf(remedy, () => learn(Setup.remedied(told, remedy))))
  const draft = draftAfter(mapping, schema, problems)
  const isNamed = draft.patients === undefined || draft.asked.length < schema.tables.length
  const change = way('change', 'answer again for what is named above', () =>
    learn({ mapping: undefined, draft }),
  )
  const pick = way('pick', 'go through all tables again; your answers are proposed', () =>
    learn(pickedAgain(answers)),
  )
  return [
    ...first,
    ...ways.filter(({ word }) => word !== 'allow'),
    ...(isNamed ? [change] : []),
    pick,
    ...ways.filter(({ word }) => word === 'allow'),
    ...last,
  ]
}

function way(word: string, about: string, take: () => void = () => undefined): Way {
  return { word, about, take }
}

function wayOf(remedy: Setup.Remedy, take: () => void): Way {
  switch (remedy.do) {
    case 'leaveOut':
      return way('leave', `share nothing of ${remedy.tables.join(', ')}`, take)
    case 'asText': {
      const columns = remedy.columns.map(([table, name]) => `${table}.${name}`)
      return way('text', `share ${columns.join(', ')} as text, as it stands there`, take)
    }
    case 'allow':
      return way('allow', `${remedy.tables.join(', ')} may be read after all`, take)
  }
}

/** Tables that must never be readable and that the start-up probe's refusal is about. */
function namedIn(refusal: Refusal, exclusions: Setup.Exclusions): readonly string[] {
  const lines = new Set(refusal instanceof CatalogueError ? refusal.message.split('\n') : [])
  return exclusions.map(({ table }) => table).filter((table) => lines.has(`Table: ${table}`))
}
