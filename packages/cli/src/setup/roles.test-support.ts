import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Nodes that say only what they are: a registrar's at `url`, an app's at `url/portal`. */
export async function openRoles(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const role = request.url?.startsWith('/portal/') ? 'portal' : 'registrar'
    response.end(JSON.stringify({ role }))
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
