import {
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Hex,
  hpkeOpen,
  isResponseOf,
  parseColumn,
  parseHeader,
  requestSignatureOf,
  resultLeafHash,
  rootFromMultiProof,
  toHex,
  utf8,
} from '@medrec/protocol'
import type { Answer, Signed } from './driver.ts'
import type { Ready } from './server.ts'

type Told = {
  readonly size: number
  readonly header: string
  readonly leaves: readonly { position: number; salt: Hex; text: string }[]
  readonly proof: readonly Hex[]
  readonly leaf: { readonly result: Hex }
}

/** Throws unless an answer is signed by the institution, opens with our key, and proves as many rows of every field. */
export function checkAnswer(ready: Ready, asked: Signed, answer: Answer, rows: number): void {
  const { request, signature, replyKey } = asked
  const { status, headers, body } = answer
  const contentType = String(headers['content-type'])
  const response = { status, contentType, body, request, requestHeaders: signature }
  const receipt = {
    'content-digest': String(headers['content-digest']),
    'signature-input': String(headers['signature-input']),
    signature: String(headers['signature']),
  }
  expect(isResponseOf(fromHex(ready.anchor), response, receipt, ready.chainId), 'receipt')
  const sealed = JSON.parse(fromUtf8(body)) as { enc: string; ciphertext: string }
  const plain = hpkeOpen({
    privateKey: replyKey,
    info: utf8('medrec/v1/answer'),
    aad: requestSignatureOf(signature) ?? new Uint8Array(0),
    sealed: { enc: fromBase64Url(sealed.enc), ciphertext: fromBase64Url(sealed.ciphertext) },
  })
  if (!plain) throw new Error('an answer of the load does not open')
  const told = JSON.parse(fromUtf8(plain)) as Told
  const leaves = new Map(
    told.leaves.map(({ position, salt, text }) => [
      position,
      resultLeafHash(fromHex(salt, 16), text),
    ]),
  )
  const proof = told.proof.map((hash) => fromHex(hash, 32))
  const root = rootFromMultiProof({ size: told.size, leaves, proof })
  expect(root !== undefined && toHex(root) === told.leaf.result, 'result')
  expect(parseHeader(told.header).rows === rows, 'count of rows')
  const columns = told.leaves.slice(1).map(({ text }) => parseColumn(text))
  expect(columns.length === parseHeader(told.header).fields, 'count of fields')
  expect(
    columns.every(({ values }) => values.length === rows),
    'rows of a field',
  )
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`an answer of the load has another ${what} than it must`)
}
