const name = 'medrec-person'

/** Who is signed in in this tab; other tabs may be other people. */
export function currentPerson(): string | null {
  return sessionStorage.getItem(name)
}

export function enter(id: string): void {
  sessionStorage.setItem(name, id)
}

export function leave(): void {
  sessionStorage.removeItem(name)
  window.history.replaceState(null, '', '/')
}
