// The reader of the bulk benchmark in a process of its own, which can be killed and started again.
import { followChain } from '@medrec/client'
import { openParticipant, Parts } from '@medrec/library'
import { fromHex, Keys, type Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import type { BulkReady } from './server.ts'

/** What it is started with. */
export type ReaderOrders = Pick<BulkReady, 'entropy' | 'relationship' | 'pointer'> & {
  readonly network: Network
  readonly after?: Parts.Progress
}

/** What it tells of each part that it verified, with its highest resident memory in MB. */
export type ReadPart = {
  readonly progress: Parts.Progress
  readonly bytes: number
  readonly peak: number
}

/** Milliseconds after which it asks again where nobody answers, or the record is still compared. */
const again = 250

/** What passes: nobody answers while a gatekeeper is started again, and a record is compared before its first part. */
const passing = new Set(['UNREACHABLE', 'database-unavailable', 'view-old', 'busy'])

const orders = JSON.parse(process.argv[2] ?? '') as ReaderOrders
const { network, relationship, pointer, entropy } = orders
const chain = await followChain({ doors: network.doors, network, store: openMemoryStore() })
await chain.synced()
const keys = Keys.fromEntropy(fromHex(entropy), fromHex(network.networkId))
const clock = (): number => Date.now() / 1000
const participant = await openParticipant({ keys, chain, store: openMemoryStore(), clock })
await heard()
process.on('disconnect', () => process.exit(0))
process.send?.({ reading: true })
let so = orders.after
while (!so || !Parts.isComplete(so)) {
  await read()
  await new Promise((resolve) => setTimeout(resolve, again))
}
process.disconnect()
process.exit(0)

/** Reads on until all is read, the record is still compared, or nobody answers; throws at any other refusal. */
async function read(): Promise<void> {
  const wanted = { relationship, pointer, purpose: 0, ...(so && { after: so }) }
  for await (const answer of Parts.read(participant, wanted)) {
    if (!answer.ok && passing.has(answer.code)) return
    if (!answer.ok) throw new Error(`refused: ${answer.code}`)
    so = Parts.following(so, answer.result)
    if (!so) throw new Error('a part that does not follow')
    const bytes = answer.exchange.response.body.length
    const told: ReadPart = { progress: so, bytes, peak: process.resourceUsage().maxRSS / 1_024 }
    process.send?.(told)
  }
}

async function heard(): Promise<void> {
  const isThere = (): boolean =>
    participant.summary().relationships.some(({ id }) => id === relationship)
  await new Promise<void>((resolve) => {
    const stop = participant.subscribe(() => {
      if (!isThere()) return
      stop()
      resolve()
    })
    if (isThere()) resolve()
  })
}
