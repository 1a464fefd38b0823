import { live as text } from '../../text/live.ts'
import type { DemoPeople, Portal, PortalConfig } from '../entrance.ts'

const configName = 'medrec-config'

/** The address that this app came from: what it says of the network, and the demo's people. */
export const portal: Portal = {
  async config() {
    try {
      const heard = await ask('/config.json')
      localStorage.setItem(configName, JSON.stringify(heard))
      return heard as PortalConfig
    } catch (cause) {
      const kept = localStorage.getItem(configName) // the last one heard of, when offline
      if (kept) return JSON.parse(kept) as PortalConfig
      throw new Error(text.noPortal, { cause })
    }
  },
  people: async () => (await ask('/demo/people')) as DemoPeople,
}

async function ask(path: string): Promise<unknown> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(text.noPortal)
  return response.json()
}
