import type { FieldPacket } from 'mysql2'
import { instantText } from '../instantText.ts'
import type { SqlRead } from '../typedText.ts'

type Convert = (value: unknown) => SqlRead

/** Numbers of types in the client/server protocol (MySQL, field types). */
const converts: ReadonlyMap<number, Convert> = new Map<number, Convert>([
  [4, (value) => singleText(value as number)], // FLOAT
  [7, (value) => instantText(value as string)], // TIMESTAMP: UTC, since the session's zone is
  [16, (value) => bitsText(value as Uint8Array)], // BIT
])

/** What a column's value means; undefined: the value itself. DATETIME has no zone, so it is no instant. */
export function convertOf({ columnType }: FieldPacket): Convert | undefined {
  return columnType === undefined ? undefined : converts.get(columnType)
}

/** The shortest number that is the same in single precision, as the server itself prints it. */
function singleText(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

function bitsText(bytes: Uint8Array): string {
  return String(BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`))
}
