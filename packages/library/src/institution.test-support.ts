import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  fromBase64Url,
  type Hex,
  hpkeSeal,
  Keys,
  type SignableRequest,
  type SignatureHeaders,
  signResponse,
  type Terms,
  toBase64Url,
  utf8,
  verifyRequest,
} from '@medrec/protocol'
import { answer } from './institutionAnswers.test-support.ts'
import type { Opened } from './network.test-support.ts'
import { RecordKeeper, type TestInstitution } from './record.test-support.ts'

/** Starts an institution with one relationship of two pointers. */
export async function startInstitution(
  participant: Opened,
  relationship: { id: Hex; terms: Terms; subject: Hex },
): Promise<TestInstitution> {
  const record = new RecordKeeper(participant, relationship)
  const server = createServer((request, response) => {
    void answerTo(record, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  record.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  record.server = server
  return record
}

async function answerTo(
  record: RecordKeeper,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = new Uint8Array(Buffer.concat(chunks))
  const signable: SignableRequest = {
    authority: new URL(record.url).host,
    method: 'POST',
    path: request.url as string,
    contentType: 'application/json',
    body: bytes,
  }
  const headers = request.headers as unknown as SignatureHeaders
  const { chainId } = record.participant.network
  const signature = verifyRequest(signable, headers, chainId)
  const body = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>
  record.asked.push({ path: signable.path, body })
  let status = 200
  let plain: unknown
  if (typeof signature === 'string' || record.refuse) {
    status = 403
    plain = record.refuse ?? { code: 'signature', message: signature }
  } else if (signable.path === '/token' || signable.path === '/revocations') {
    plain = { accepted: true }
  } else {
    const sealed = hpkeSeal({
      publicKey: fromBase64Url(body['reply'] as string),
      info: utf8('medrec/v1/answer'),
      aad: signature.bytes,
      plain: utf8(JSON.stringify(answer(record, signable.path, body))),
    })
    if (!sealed) throw new Error('bad reply key')
    plain = { enc: toBase64Url(sealed.enc), ciphertext: toBase64Url(sealed.ciphertext) }
  }
  const sent = utf8(JSON.stringify(plain))
  const receipt = signResponse(
    {
      status,
      contentType: 'application/json',
      body: sent,
      request: signable,
      requestHeaders: headers,
    },
    Keys.anchorKey(record.signer),
    { chainId, now: Date.now() / 1000 },
  )
  response.writeHead(status, { 'content-type': 'application/json', ...receipt })
  response.end(sent)
}
