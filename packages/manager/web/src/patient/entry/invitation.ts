const name = 'medrec-invitation'
const mark = '#invitation='

/** Keeps the invitation that an address brought (behind `#`, which no server sees) until it is used. */
export function keepInvitation(): void {
  if (!window.location.hash.startsWith(mark)) return
  sessionStorage.setItem(name, window.location.hash.slice(mark.length))
  window.history.replaceState(null, '', window.location.pathname)
}

/** The invitation that this tab was opened with, or none. */
export function invitationKept(): string {
  return sessionStorage.getItem(name) ?? ''
}

export function forgetInvitation(): void {
  sessionStorage.removeItem(name)
}
