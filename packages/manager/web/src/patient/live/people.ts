import type { ChainView } from '@medrec/client'
import type { Participant } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { common } from '../../text/common.ts'
import type { Who } from '../model.ts'

/** Names as the person knows them: institutions by their public profile, people by her contacts. */
export function whoOf(participant: Participant, idTag: Hex): Who {
  const view = participant.chain.view()
  const profile = view.profile(idTag)
  if (profile) return { idTag, name: profile.name, kind: 'institution' }
  const contact = participant.summary().contacts.find((known) => known.idTag === idTag)
  if (!contact && isOrWasInstitution(view, idTag))
    return { idTag, name: common.unnamedInstitution, kind: 'institution' }
  return {
    idTag,
    name: contact?.name ?? common.unknownPerson,
    kind: 'person',
    relation: contact?.relation,
  }
}

function isOrWasInstitution(view: ChainView, idTag: Hex): boolean {
  return view.hasRole(idTag, 'institution') || view.lostRole(idTag, 'institution') !== undefined
}

/** Somebody else, or undefined for the person herself. */
export function otherOf(participant: Participant, idTag: Hex | undefined): Who | undefined {
  if (idTag === undefined || idTag === participant.me()?.idTag) return undefined
  return whoOf(participant, idTag)
}
