/** One figure of a benchmark: a value beside a peer's in the same run (performance claims are ratios). */
export type Row = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer: string
  readonly peerValue: number
  readonly ratio: number
  /** Smallest and largest ratio of a round, when rounds of both sides were interleaved. */
  readonly spread?: readonly [number, number]
}

/** A row whose ratio is value / peerValue, rounded to three significant digits. */
export function row(
  name: string,
  value: number,
  unit: string,
  peer: string,
  peerValue: number,
): Row {
  return {
    name,
    value: digits(value),
    unit,
    peer,
    peerValue: digits(peerValue),
    // Nothing beside nothing is as good.
    ratio: value === peerValue ? 1 : digits(value / peerValue),
  }
}

/** What a subject and its peer took in one round. */
export type Round = { readonly value: number; readonly peer: number }

/** A row of interleaved rounds: medians, and the median of the rounds' own ratios. */
export function pairedRow(name: string, unit: string, peer: string, rounds: readonly Round[]): Row {
  const ratios = rounds.map((round) => round.value / round.peer)
  const [value, peerValue] = [
    median(rounds.map((round) => round.value)),
    median(rounds.map((round) => round.peer)),
  ]
  return {
    ...row(name, value, unit, peer, peerValue),
    ratio: digits(median(ratios)),
    spread: [digits(Math.min(...ratios)), digits(Math.max(...ratios))],
  }
}

/** Middle value of a list. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] as number
}

/** The value below which a part (0 to 1) of all lies. */
export function percentile(values: readonly number[], part: number): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.floor(ordered.length * part)] ?? 0
}

function digits(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3))
}
