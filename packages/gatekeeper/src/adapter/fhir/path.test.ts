import { expect, test } from 'vitest'
import { parseLossless, writeLossless } from './losslessJson.ts'
import { parsePath } from './path.ts'

const resource = parseLossless(
  `{"id":"x","n":[{"use":"old","given":["A","B"]},{"use":"official","given":["C"]}],"q":{"value":1.00},"b":false,
   "c":[{"system":"http://a.b|c","code":"1"}],"deep":[[1],[2]]}`,
)

test.each([
  ['id', ['"x"']],
  ['n.given', ['"A"', '"B"', '"C"']],
  ['n[1].given', ['"C"']],
  ['n.given[1]', ['"B"']],
  ["n.where(use='official').given", ['"C"']],
  ["c.where(system='http://a.b|c').code", ['"1"']],
  ["c.where(system = 'other').code | id", ['"x"']],
  ['n.given.first()', ['"A"']],
  ['q.value', ['1.00']],
  ['b', ['false']],
  ['missing | q.missing | id', ['"x"']],
  ['missing', []],
  ['constructor', []],
  ['id.length', []],
  ['n[7].given', []],
])('%s leads to %j', (path, found) => {
  expect(parsePath(path)?.(resource).map(writeLossless)).toEqual(found)
})

test.each([
  ...['', '.', 'a.', '.a', 'a b', 'a[', 'a[-1]', 'a()', 'a.b(', "where(a='b'", 'a.exists()'],
  ...['a;b', 'a+b', '%resource', 'a.where(b=c)', 'a |', '| a', 'a || b', "a.where(b='c'''d')"],
])('%s is no path', (path) => {
  expect(parsePath(path)).toBeUndefined()
})
