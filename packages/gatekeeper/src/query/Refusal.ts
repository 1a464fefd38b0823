/** FHIR R4 OperationOutcome.issue.code values that refusals use. */
type IssueCode =
  | 'forbidden'
  | 'expired'
  | 'suppressed'
  | 'conflict'
  | 'throttled'
  | 'transient'
  | 'structure'
  | 'too-long'
  | 'not-found'
  | 'duplicate'
  | 'processing'
  | 'not-supported'

/** A refusal as everybody is told it. */
export type Refusal = {
  readonly status: number
  readonly issue: IssueCode
  readonly text: string
  /** Step of the decision (docs/protocol.md section 8.1). */
  readonly rule: 1 | 2 | 3 | 4 | 5 | 6 | 7
  readonly exception: ExceptionName
}

type ExceptionName = keyof typeof exceptions | 'none'

/**
 * Exceptions to information blocking that a refusal rests on (Cures Act, 45 CFR part 171). `none`: there is no
 * practice of the institution's in it, or it has to name a ground of its own.
 */
export const exceptions = {
  harm: {
    section: '171.201',
    name: 'Preventing harm',
    because: 'the data are known or suspected to be corrupt or erroneous',
  },
  precondition: {
    section: '171.202(b)',
    name: 'Privacy, precondition not satisfied',
    because: 'the permission, or the proof of who asks, that the law asks for is missing',
  },
  request: {
    section: '171.202(e)',
    name: "Privacy, individual's request not to share",
    because: 'the patient asked that it is not shared',
  },
  security: {
    section: '171.203',
    name: 'Security',
    because: 'serving it would weaken confidentiality, integrity or availability',
  },
  infeasible: {
    section: '171.204',
    name: 'Infeasibility',
    because: 'the institution does not have it',
  },
  performance: {
    section: '171.205',
    name: 'Health IT performance',
    because: 'the system cannot serve it at the moment',
  },
} as const
