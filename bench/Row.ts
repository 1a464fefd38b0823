/** One figure of a benchmark: a value beside a peer's in the same run (performance claims are ratios). */
export type Row = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer: string
  readonly peerValue: number
  readonly ratio: number
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

/** Middle value of a list. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] as number
}

function digits(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3))
}
