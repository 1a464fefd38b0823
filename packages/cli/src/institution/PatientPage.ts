import type { Hex } from '@medrec/protocol'

/** A patient's page as the institution's screens get it. */
export type PatientPage = {
  readonly patient: { readonly id: string; readonly name: string; readonly birthDate: string }
  readonly relationship: Hex | null
  readonly policy: 'subjectOnly' | 'dualConsent' | null
  readonly status: string | null
  readonly pointers: readonly {
    readonly id: Hex
    readonly resource: string
    readonly label: string
    readonly version: number
    readonly origin: number
    readonly unexplained: boolean
    readonly updatedAt: number
    readonly anchored: boolean
    readonly seen: { readonly verdict: 'seen' | 'wrong'; readonly reason?: string | null } | null
  }[]
  readonly history: readonly {
    readonly at: number
    readonly kind: string
    readonly text?: string
    readonly by?: string
    readonly reason?: string
  }[]
}

/** Where the page of a patient is. */
export function pathOf(localPatient: string): string {
  return `patients/${encodeURIComponent(localPatient)}`
}
