/** Who tries to sign in: the name, and what the attempt comes from. */
export type Attempt = {
  readonly login: string
  /** Network address of whoever asks; several of one household or hospital may share it */
  readonly address: string
  /** A browser in which this name has signed in before; nobody else can claim to be it */
  readonly device?: string | undefined
}

/** Counts wrong guesses, so that guessing is hopeless and nobody can lock out somebody else. */
export type Guesses = {
  /** Seconds to wait before another attempt, or 0: then it counts as wrong until `right` is called. */
  begin(attempt: Attempt): number
  right(attempt: Attempt): void
}

/** Wrong guesses of one source at one name that cost nothing but the guess. */
const freeGuesses = 5
/** Then 1, 2, 4 ... seconds; so one source has about 110 guesses at a name a day (NIST SP 800-63B 3.2.2: at most 100 in a row). */
const longestDelay = 900
/** After a day without a guess all is forgotten. */
const memorySeconds = 86_400
/** Wrong guesses of one address at many names, within five minutes: each costs a computation. */
const addressLimit = { most: 50, seconds: 300 }
/** Wrong guesses at one name a day from all unknown browsers of the world together. */
const strangersLimit = { most: 100, seconds: memorySeconds }
/** Sources and names remembered; those that were quiet longest are forgotten first. */
const mostKept = 20_000

type Streak = { readonly wrong: number; readonly at: number }

/**
 * A growing delay for each pair of source and name: a known browser, else an address. Strangers' guesses at a
 * name are limited together too, which delays its owner in a new browser, never in one she has used (OWASP,
 * "Slow Down Online Guessing Attacks with Device Cookies").
 */
export function openGuesses(clock: () => number): Guesses {
  const streaks = new Map<string, Streak>()
  const addresses = windows(addressLimit, clock)
  const strangers = windows(strangersLimit, clock)
  const sourceOf = ({ login, address, device }: Attempt): string =>
    JSON.stringify(device === undefined ? [login, 'address', address] : [login, 'device', device])
  const streakOf = (source: string): Streak => {
    const known = streaks.get(source)
    return known && clock() - known.at < memorySeconds ? known : { wrong: 0, at: 0 }
  }
  return {
    begin: (attempt) => {
      const { login, address, device } = attempt
      const source = sourceOf(attempt)
      const streak = streakOf(source)
      const shared =
        device === undefined ? Math.max(addresses.wait(address), strangers.wait(login)) : 0
      const wait = Math.max(streak.at + delayAfter(streak.wrong) - clock(), shared)
      if (wait > 0) return wait
      keep(streaks, source, { wrong: streak.wrong + 1, at: clock() })
      if (device === undefined)
        for (const [limit, who] of [
          [addresses, address],
          [strangers, login],
        ] as const)
          limit.add(who)
      return 0
    },
    right: (attempt) => {
      streaks.delete(sourceOf(attempt))
      if (attempt.device !== undefined) return
      addresses.takeBack(attempt.address)
      strangers.takeBack(attempt.login)
    },
  }
}

function delayAfter(wrong: number): number {
  return wrong < freeGuesses ? 0 : Math.min(2 ** (wrong - freeGuesses), longestDelay)
}

export type Windows = {
  wait(who: string): number
  add(who: string): void
  takeBack(who: string): void
}

/** At most so many in the last so many seconds, for each of many. */
export function windows(
  limit: { readonly most: number; readonly seconds: number },
  clock: () => number,
): Windows {
  const times = new Map<string, readonly number[]>()
  const recent = (who: string): readonly number[] =>
    (times.get(who) ?? []).filter((time) => clock() - time < limit.seconds)
  return {
    wait: (who) => {
      const [oldest, ...rest] = recent(who)
      return oldest !== undefined && rest.length + 1 >= limit.most
        ? oldest + limit.seconds - clock()
        : 0
    },
    add: (who) => keep(times, who, [...recent(who), clock()]),
    takeBack: (who) => keep(times, who, recent(who).slice(0, -1)),
  }
}

/** Puts an entry last, and forgets the first when there are too many. */
function keep<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name)
  map.set(name, value)
  const oldest = map.keys().next().value
  if (map.size > mostKept && oldest !== undefined) map.delete(oldest)
}
