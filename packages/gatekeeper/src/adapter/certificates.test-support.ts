import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerTls } from './servers.test-support.ts'

/** Whether certificates can be made; without it the tests that need it are skipped by name. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** An authority of a test's own with certificates for `localhost` and for another host, and a stranger's authority. */
export type Certificates = {
  readonly server: ServerTls
  readonly otherHost: ServerTls
  /** PEM */
  readonly ca: string
  readonly strangersCa: string
  close(): void
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-certificates-'))
  const openssl = (line: string): void => {
    const { status, stderr } = spawnSync('openssl', line.split(' '), { cwd: folder })
    if (status !== 0) throw new Error(String(stderr))
  }
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30'
  for (const name of ['ca', 'stranger'])
    openssl(`req -x509 ${key} -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`)
  for (const name of ['localhost', 'elsewhere.example'])
    openssl(
      `req -x509 ${key} -subj /CN=database -addext subjectAltName=DNS:${name} -addext basicConstraints=CA:FALSE -CA ca.pem -CAkey ca.key -keyout ${name}.key -out ${name}.pem`,
    )
  const files = (name: string): ServerTls => ({
    cert: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  })
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return {
    server: files('localhost'),
    otherHost: files('elsewhere.example'),
    ca: read('ca.pem'),
    strangersCa: read('stranger.pem'),
    close: () => rmSync(folder, { recursive: true }),
  }
}
