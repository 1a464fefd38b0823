export {
  createRegistrarService,
  type RegistrarOptions,
  type RegistrarService,
  type ServiceView,
} from './createRegistrarService.ts'
export { InvitationError } from './Invitations.ts'
export type { LoggedLookup } from './LookupLog.ts'
export { LookupRefusedError, RegistrarUnreachableError } from './lookUp.ts'
export { mayPropose, type ProposalDecision, type ProposalFacts } from './mayPropose.ts'
export { type Desk, type DeskOptions, type Match, openDesk, type ShownCard } from './openDesk.ts'
export {
  attestCall,
  bindCall,
  type RegistrarCall,
  roleNumbers,
  type Signing,
  voteCall,
} from './registrarCalls.ts'
export {
  AlreadyRegisteredError,
  CardWrongError,
  NotCertifiedError,
  NotRegisteredError,
  type RegistrationProblem,
  RegistrationWrongError,
  registrationHash,
  type SignedRegistration,
} from './registration.ts'
