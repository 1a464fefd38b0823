import { MedrecError } from '@medrec/protocol'

/** What a failure of the platform means for the person at the keyboard: ours as it is, known ones explained. */
export function explained(error: unknown): unknown {
  if (error instanceof MedrecError) return error
  for (const cause of chainOf(error)) {
    const problem = problemOf(cause)
    if (problem) return problem
  }
  return error
}

function problemOf(
  cause: Error & { code?: unknown; port?: unknown; path?: unknown },
): MedrecError | undefined {
  const code = String(cause.code ?? '')
  if (code === 'EADDRINUSE') return new PortInUseError(Number(cause.port), { cause })
  if (code === 'ENOSPC' || /SQLITE_FULL|database or disk is full/.test(`${code} ${cause.message}`))
    return new DiskFullError({ cause })
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new PermissionError(String(cause.path ?? ''), { cause })
  return undefined
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = []
  for (let next = error; next instanceof Error && chain.length < 8; next = next.cause)
    chain.push(next)
  return chain
}

/** Another program listens on the port. */
export class PortInUseError extends MedrecError {
  readonly code = 'PORT_IN_USE'
  constructor(port: number, options: { cause?: unknown } = {}) {
    super(`Another program already listens on port ${port}.`, {
      ...options,
      facts: ['Nothing was lost. Stop that program, or choose another port (--port).'],
    })
  }
}

/** There is no space left on the disk. */
export class DiskFullError extends MedrecError {
  readonly code = 'DISK_FULL'
  constructor(options: { cause?: unknown } = {}) {
    super('There is no space left on the disk.', {
      ...options,
      facts: [
        'What was saved before is safe; the last step was not saved. Free some space and start again.',
      ],
    })
  }
}

/** The files of a node may not be read or written by this user. */
export class PermissionError extends MedrecError {
  readonly code = 'PERMISSION_DENIED'
  constructor(path: string, options: { cause?: unknown } = {}) {
    super('A file may not be read or written by this user.', {
      ...options,
      facts: [
        ...(path ? [`File: ${path}`] : []),
        'Correct its owner or permissions, then start again.',
      ],
    })
  }
}
