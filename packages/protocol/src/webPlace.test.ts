import { expect, test } from 'vitest'
import { webPlace } from './index.ts'

test.each([
  ['https://node.example', 'https://node.example/'],
  ['http://localhost:8600/path', 'http://localhost:8600/path'],
])('%s is a place', (text, href) => {
  expect(webPlace(text)?.href).toBe(href)
})

test.each([
  '',
  'node.example',
  'localhost:8600',
  'https://',
  'https://node.example:99999',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'ws://node.example',
  'https://name:password@node.example',
  '//node.example',
])('%s is none', (text) => {
  expect(webPlace(text)).toBeUndefined()
})
