import { expect, test } from 'vitest'
import { RpcRefusedError } from './rpcErrors.ts'

test('who sends to a door that only reads is told what to name instead', () => {
  const unknown = { code: -32_601, message: 'this door does not offer the method' }
  expect(new RpcRefusedError('eth_sendRawTransaction', unknown).message).toContain(
    'Name the chain itself under network.doors',
  )
  expect(new RpcRefusedError('debug_traceCall', unknown).message).not.toContain('network.doors')
})
