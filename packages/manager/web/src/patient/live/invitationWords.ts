import { Invitation } from '@medrec/library'
import { live as text } from '../../text/live.ts'

/** What is wrong with an invitation, in words for the person who brought it. */
export function invitationWords(error: unknown): unknown {
  if (error instanceof Invitation.InvitationUnreadableError)
    return new Error(text.invitationUnreadable, { cause: error })
  if (error instanceof Invitation.InviterUnknownError)
    return new Error(text.inviterUnknown(error.origin), { cause: error })
  if (error instanceof Invitation.InvitationRefusedError)
    return new Error(error.words, { cause: error })
  return error
}
