/** Value of a hex digit by its character code, -1 for what is none. */
const values = Int8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? -1 : value
})

/** Bytes of hex digits (RFC 4648 section 8, either case); undefined for what is no hex. */
export function fromDigits(digits: string): Uint8Array | undefined {
  if (digits.length % 2 === 1) return undefined
  const bytes = new Uint8Array(digits.length / 2)
  let known = 0
  for (let i = 0; i < bytes.length; i++) {
    const high = values[digits.charCodeAt(2 * i)] ?? -1
    const low = values[digits.charCodeAt(2 * i + 1)] ?? -1
    known |= high | low
    bytes[i] = (high << 4) | low
  }
  return known < 0 ? undefined : bytes
}
