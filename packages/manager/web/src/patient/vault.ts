import { type EncryptedBytes, openBytes, sealBytes } from './sealing.ts'

/** How the recovery words are kept on this device. */
export type Lock = 'passphrase' | 'passkey' | 'device'

/** One person whose words this device keeps, wrapped. */
export type Keeper = {
  readonly id: string
  /** What the person calls this entry; shown before unlocking. */
  readonly label: string
  readonly lock: Lock
  readonly salt: Uint8Array
  readonly sealed: EncryptedBytes
  readonly credential?: Uint8Array | undefined
  readonly deviceKey?: CryptoKey | undefined
}

/** 2^15 * 8 * 128 bytes = 32 MB and about a tenth of a second (RFC 7914; OWASP's floor is 2^17 with less memory to spare on phones). */
const scryptCost = { costFactor: 2 ** 15, blockSize: 8, parallelism: 3, hashLength: 32 } as const
const databaseName = 'medrec-keepers'
const tableName = 'keepers'

/** Everybody this device keeps words for. */
export async function keepers(): Promise<readonly Keeper[]> {
  return inTable('readonly', (table) => table.getAll() as IDBRequest<Keeper[]>)
}

/** Forgets one person's wrapped words. */
export async function forget(id: string): Promise<void> {
  await inTable('readwrite', (table) => table.delete(id))
}

/** Wraps `entropy` with a key from the passphrase and keeps it. */
export async function keepWithPassphrase(
  entropy: Uint8Array,
  options: { id: string; label: string; passphrase: string },
): Promise<Keeper> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const key = await passphraseKey(options.passphrase, salt)
  return put({
    id: options.id,
    label: options.label,
    lock: 'passphrase',
    salt,
    sealed: await sealBytes(key, entropy),
  })
}

/** Wraps `entropy` with a key that only this browser can use and nobody can export (demo people). */
export async function keepOnDevice(
  entropy: Uint8Array,
  options: { id: string; label: string },
): Promise<Keeper> {
  const deviceKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ])
  const sealed = await sealBytes(deviceKey, entropy)
  return put({ ...options, lock: 'device', salt: new Uint8Array(), sealed, deviceKey })
}

/** Wraps `entropy` with the secret of a new passkey (WebAuthn PRF). Throws when there is no PRF. */
export async function keepWithPasskey(
  entropy: Uint8Array,
  options: { id: string; label: string },
): Promise<Keeper> {
  const salt = crypto.getRandomValues(new Uint8Array(32))
  const created = (await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { name: 'MedRec' },
      user: {
        id: crypto.getRandomValues(new Uint8Array(16)),
        name: options.label,
        displayName: options.label,
      },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -257 },
      ],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      extensions: { prf: { eval: { first: salt } } },
    },
  })) as PublicKeyCredential | null
  if (!created?.getClientExtensionResults().prf?.enabled) throw new NoPasskeyError()
  const credential = new Uint8Array(created.rawId)
  const key = await passkeyKey(credential, salt)
  return put({
    ...options,
    lock: 'passkey',
    salt,
    credential,
    sealed: await sealBytes(key, entropy),
  })
}

/** The words' entropy again, or undefined when the passphrase is not the right one. */
export async function unlock(keeper: Keeper, passphrase = ''): Promise<Uint8Array | undefined> {
  switch (keeper.lock) {
    case 'device':
      return keeper.deviceKey && openBytes(keeper.deviceKey, keeper.sealed)
    case 'passkey':
      return (
        keeper.credential &&
        openBytes(await passkeyKey(keeper.credential, keeper.salt), keeper.sealed)
      )
    case 'passphrase':
      return openBytes(await passphraseKey(passphrase, keeper.salt), keeper.sealed)
  }
}

/** Whether this browser may know passkeys. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && window.isSecureContext
}

async function passphraseKey(passphrase: string, salt: Uint8Array): Promise<CryptoKey> {
  const { scrypt } = await import('hash-wasm')
  const raw = await scrypt({
    ...scryptCost,
    password: passphrase.normalize('NFKC'),
    salt,
    outputType: 'binary',
  })
  return crypto.subtle.importKey('raw', Uint8Array.from(raw), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
}

async function passkeyKey(credential: Uint8Array, salt: Uint8Array): Promise<CryptoKey> {
  const answer = (await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      allowCredentials: [{ type: 'public-key', id: Uint8Array.from(credential) }],
      userVerification: 'required',
      extensions: { prf: { eval: { first: Uint8Array.from(salt) } } },
    },
  })) as PublicKeyCredential | null
  const secret = answer?.getClientExtensionResults().prf?.results?.first
  if (!secret) throw new NoPasskeyError()
  const bytes = ArrayBuffer.isView(secret) ? Uint8Array.from(secret as Uint8Array) : secret
  const base = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode('medrec/v1/keeper')
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: Uint8Array.from(salt), info },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

async function put(keeper: Keeper): Promise<Keeper> {
  await inTable('readwrite', (table) => table.put(keeper))
  return keeper
}

function inTable<T>(
  mode: IDBTransactionMode,
  act: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(databaseName, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(tableName, { keyPath: 'id' })
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(tableName, mode)
      const request = act(transaction.objectStore(tableName))
      transaction.oncomplete = () => {
        opening.result.close()
        resolve(request.result)
      }
      transaction.onerror = () => reject(transaction.error)
    }
  })
}

/** This device's passkeys cannot hold a secret. */
export class NoPasskeyError extends Error {
  override name = 'NoPasskeyError'
}
