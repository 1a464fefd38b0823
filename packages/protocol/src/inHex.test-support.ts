import { toHex } from './bytes.ts'

/** A value's members as encoders of the contracts' calls take them: bytes in hex, all else as it is. */
export function inHex(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      member instanceof Uint8Array ? toHex(member) : member,
    ]),
  )
}
