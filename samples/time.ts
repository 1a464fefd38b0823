const dayMs = 86_400_000

/** Days since 1970 of a `YYYY-MM-DD`. */
export function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / dayMs)
}

/** The `YYYY-MM-DD` of a day number. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** A moment of a day, in UTC. */
export function momentOf(day: number, minutes: number): string {
  return `${new Date(day * dayMs + minutes * 60_000).toISOString().slice(0, 19)}Z`
}

/** Years lived on a day, with fraction. */
export function ageOn(birthDate: string, day: number): number {
  return (day - dayNumber(birthDate)) / 365.2425
}
