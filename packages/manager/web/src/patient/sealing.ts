export type EncryptedBytes = { readonly nonce: Uint8Array; readonly bytes: Uint8Array }

/** Encrypts with AES-GCM under a fresh nonce. */
export async function sealBytes(key: CryptoKey, plain: Uint8Array): Promise<EncryptedBytes> {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce },
    key,
    Uint8Array.from(plain),
  )
  return { nonce, bytes: new Uint8Array(sealed) }
}

/** Decrypts, or undefined when the key is not the right one or a bit was changed. */
export async function openBytes(
  key: CryptoKey,
  sealed: EncryptedBytes,
): Promise<Uint8Array | undefined> {
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: Uint8Array.from(sealed.nonce) },
      key,
      Uint8Array.from(sealed.bytes),
    )
    return new Uint8Array(plain)
  } catch {
    return undefined // wrong key or altered: the caller decides what that means
  }
}
