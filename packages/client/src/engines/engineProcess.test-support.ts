import { createDoor } from './door.ts'
import { startEmbedded } from './embedded.ts'

// Runs the embedded engine with a door until it is killed: argv is the journal's path.
process.on('SIGXFSZ', () => undefined) // a full disk is an error of the write, not the end of us
const engine = await startEmbedded({
  journalPath: process.argv[2] as string,
  minimumBlockMs: 20,
  heartbeatMs: 100,
})
const door = createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
const url = await door.listen(0)
console.log(
  JSON.stringify({ url, funderKey: engine.facts.funderKey, chainId: engine.facts.chainId }),
)
