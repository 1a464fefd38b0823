import { type ChildProcess, fork } from 'node:child_process'
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { fileURLToPath } from 'node:url'
import {
  fromHex,
  Keys,
  newReplyKey,
  type SignableRequest,
  type SignatureHeaders,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import { type BenchEngine, fieldCount } from './records.ts'
import type { Cpu, Ready } from './server.ts'

type Patient = Ready['patients'][number]

/** What a request was answered with. */
export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/** Starts the server of the reading benchmarks in a process of its own. */
export async function startReadServer(
  engine: BenchEngine,
): Promise<{ server: ChildProcess; ready: Ready }> {
  const server = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), [engine], {})
  return { server, ready: (await told<{ ready: Ready }>(server, 'ready')).ready }
}

/** A signed request, with what it takes to read its answer. */
export type Signed = {
  readonly body: Uint8Array
  readonly headers: Record<string, string>
  readonly request: SignableRequest
  readonly signature: SignatureHeaders
  readonly replyKey: Uint8Array
}

/**
 * Signs requests, each when it is asked for. `replyKeys`: how many are made beforehand and used in turn; else each
 * request has its own.
 */
export function* signedRequests(
  ready: Ready,
  patient: Patient,
  replyKeys: number = 0,
): Generator<Signed, never> {
  const replies = Array.from({ length: replyKeys }, newReplyKey)
  const keys = Keys.fromEntropy(fromHex(ready.entropy), fromHex(ready.networkId))
  const now = Math.floor(Date.now() / 1000)
  const account = Keys.requestKey(keys, ready.authority, now)
  const domain = { chainId: ready.chainId, verifyingContract: ready.ledger, salt: ready.networkId }
  const facts = { audience: ready.authority, notBefore: now - 60, expires: now + 3_600 }
  const signature = toHex(
    signStatement(keys.identity, domain, 'RequestKey', {
      ...facts,
      idTag: fromHex(ready.idTag),
      key: account.address,
    }),
  )
  const statement = { idTag: ready.idTag, key: toHex(account.address), ...facts, signature }
  const elements = Array.from({ length: fieldCount - 1 }, (_, i) => `c${i}`)
  const query = `${patient.pointer.slice(2)}?_elements=id,${elements.join()}`
  const { relationship } = patient
  for (let i = 0; ; i++) {
    const { publicKey, privateKey } = replies[i % replies.length] ?? newReplyKey()
    const reply = toBase64Url(publicKey)
    const body = utf8(JSON.stringify({ relationship, query, purpose: 0, statement, reply }))
    const request = {
      authority: ready.authority,
      method: 'POST' as const,
      path: '/query',
      contentType: 'application/json',
      body,
    }
    const life = { chainId: ready.chainId, now: Math.floor(Date.now() / 1000) }
    const signature = signRequest(request, account, life)
    const headers = { 'content-type': 'application/json', ...signature }
    yield { body, headers, request, signature, replyKey: privateKey }
  }
}

/** CPU time and memory of the server until now. */
export async function cpuOf(server: ChildProcess): Promise<Cpu> {
  server.send('cpu')
  return (await told<{ cpu: Cpu }>(server, 'cpu')).cpu
}

/** The next message that has a member. */
export function told<T>(server: ChildProcess, member: keyof T & string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      server.off('message', hear)
      server.off('exit', fail)
    }
    const hear = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !(member in message)) return
      stop()
      resolve(message as T)
    }
    const fail = (code: number | null): void => {
      stop()
      reject(new Error(`the server of the benchmark ended with ${code}`))
    }
    server.on('message', hear)
    server.on('exit', fail)
  })
}

/** Sends a request and hears its answer to the end; its status. `hear` gets the answer if it is given. */
export function post(
  agent: Agent,
  authority: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
  hear?: (answer: Answer) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `http://${authority}${path}`,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        const status = response.statusCode ?? 0
        const chunks: Buffer[] = []
        if (hear) response.on('data', (chunk: Buffer) => chunks.push(chunk))
        else response.resume()
        response.on('end', () => {
          hear?.({ status, headers: response.headers, body: new Uint8Array(Buffer.concat(chunks)) })
          resolve(status)
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
