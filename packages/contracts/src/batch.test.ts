import { concatHex, type Hex, keccak256, slice, toFunctionSelector } from 'viem'
import { expect, test } from 'vitest'
import { batchOf } from './batch.ts'
import { ledgerAbi } from './index.ts'

const functions = ledgerAbi.filter((item) => item.type === 'function')

test('records are joined as they are', () => {
  const records: Hex[] = ['0x0701', '0x08ffff']
  expect(batchOf(records)).toEqual({ data: '0x070108ffff', offset: 0 })
  expect(batchOf([])).toEqual({ data: '0x', offset: 0 })
})

test('a batch that begins like a call of a view is padded', () => {
  for (const item of functions) {
    const record = concatHex([toFunctionSelector(item), keccak256('0x01')])
    expect(batchOf([record])).toEqual({ data: concatHex(['0x07', record]), offset: 1 })
    expect(batchOf([slice(record, 0, 2), slice(record, 2)]).offset).toBe(1)
    expect(batchOf([slice(record, 0, 3)]).offset).toBe(0)
  }
})

test('no view begins with the padding, so that it always helps', () => {
  expect(functions.map((item) => toFunctionSelector(item).slice(0, 4))).not.toContain('0x07')
})
