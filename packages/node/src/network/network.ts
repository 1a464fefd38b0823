import type { AdmitOptions, Admitted } from './admit.ts'
import type { Certified, CertifyOptions } from './certify.ts'
import type { Founded, FoundOptions } from './foundNetwork.ts'
import type { Requested, RequestOptions } from './joinRequest.ts'
import type { StaffMember } from './staff.ts'

// Each function loads its code when it is called: a node that runs keeps none of it in memory.

/** See `foundNetwork.ts`. */
export async function foundNetwork(options: FoundOptions): Promise<Founded> {
  return (await import('./foundNetwork.ts')).foundNetwork(options)
}

/** See `joinRequest.ts`. */
export async function requestToJoin(options: RequestOptions): Promise<Requested> {
  return (await import('./joinRequest.ts')).requestToJoin(options)
}

/** See `admit.ts`. */
export async function admit(options: AdmitOptions): Promise<Admitted> {
  return (await import('./admit.ts')).admit(options)
}

/** See `certify.ts`. */
export async function certify(options: CertifyOptions): Promise<Certified> {
  return (await import('./certify.ts')).certify(options)
}

/** See `fundNode.ts`. */
export async function fundNode(
  options: Parameters<typeof import('./fundNode.ts').fundNode>[0],
): Promise<{ readonly accounts: readonly string[]; readonly filled: number }> {
  return (await import('./fundNode.ts')).fundNode(options)
}

/** See `staff.ts`. */
export async function putStaff(
  configFile: string,
  entry: { login: string; name: string; role: string; password: string },
): Promise<{ wasKnown: boolean }> {
  return (await import('./staff.ts')).putStaff(configFile, entry)
}

/** See `staff.ts`. */
export async function listStaff(configFile: string): Promise<readonly StaffMember[]> {
  return (await import('./staff.ts')).listStaff(configFile)
}

/** See `staff.ts`. */
export async function removeStaff(configFile: string, login: string): Promise<void> {
  return (await import('./staff.ts')).removeStaff(configFile, login)
}
