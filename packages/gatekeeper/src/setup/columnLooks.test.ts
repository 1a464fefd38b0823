import { expect, test } from 'vitest'
import { columnLooks } from './columnLooks.ts'
import type { SqlEngine } from './openAsker.ts'

test.each<[SqlEngine, string]>([
  ['postgres', 'SELECT left(CAST("body" AS text), 64) AS "body" FROM "letters" LIMIT 200'],
  ['mariadb', 'SELECT left(CAST("body" AS char), 64) AS "body" FROM "letters" LIMIT 200'],
])('on %s only the first letters of a value are looked at for codes', async (engine, text) => {
  const asked: string[] = []
  const column = { name: 'body', type: 'text', isNullable: true, isReadable: true }
  const none = { keyPlace: undefined, refersTo: undefined, refersToColumn: undefined }
  const table = { schema: undefined, name: 'letters', isView: false }
  await columnLooks(
    {
      engine,
      ask: () => Promise.reject(new Error('whole values')),
      glance: async (sql) => {
        asked.push(sql)
        return []
      },
      close: async () => undefined,
    },
    [{ ...table, columns: [{ ...column, ...none }] }],
  )
  expect(asked).toEqual([text])
})
