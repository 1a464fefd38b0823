import { MedrecError } from '@medrec/protocol'

/** Largest answer that anybody reads, in bytes, unpacked: far above what an institution's limits let it give. */
export const largestAnswer = 64 * 1024 * 1024

/**
 * The body of an answer. Throws AnswerTooLargeError as soon as more has come: whoever answers may send without end, or
 * little that unpacks to much, since `fetch` unpacks whatever says that it is packed (Fetch Standard, 4.5).
 */
export async function boundedBody(
  response: Response,
  most: number = largestAnswer,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  for (;;) {
    const read = await reader?.read()
    if (!read || read.done) break
    size += read.value.length
    if (size > most) {
      await reader?.cancel()
      throw new AnswerTooLargeError(most)
    }
    chunks.push(read.value)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** An answer is larger than any that an institution gives. */
export class AnswerTooLargeError extends MedrecError {
  readonly code = 'ANSWER_TOO_LARGE'
  constructor(most: number) {
    super('The answer is larger than any that this network gives; it was not read to its end.', {
      facts: [`Limit: ${most} bytes`],
    })
  }
}
