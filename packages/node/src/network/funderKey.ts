import { fromHex } from '@medrec/protocol'
import { NetworkInputError } from './errors.ts'
import { readText } from './keyFolder.ts'

/** The private key in a file: 32 bytes in hex. Throws NetworkInputError, which never shows it. */
export function readFunderKey(file: string): Uint8Array {
  const text = readText(file).trim()
  if (!/^(0x)?[0-9a-f]{64}$/i.test(text))
    throw new NetworkInputError(file, 'a private key of 32 bytes in hex is expected')
  return fromHex(text.startsWith('0x') ? text : `0x${text}`, 32)
}
