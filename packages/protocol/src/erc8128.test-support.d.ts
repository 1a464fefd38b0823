/** The part of `@slicekit/erc8128` that tests use; its package names a file of types that it does not hold. */
declare module '@slicekit/erc8128' {
  type Hex = `0x${string}`
  type Signer = {
    readonly chainId: number
    readonly address: Hex
    readonly signMessage: (message: Uint8Array) => Promise<Hex>
  }
  type Verified =
    | {
        readonly ok: true
        readonly address: Hex
        readonly chainId: number
        readonly binding: string
      }
    | { readonly ok: false; readonly reason: string }
  export function signRequest(
    input: string,
    init: RequestInit,
    signer: Signer,
    options?: { readonly components?: readonly string[]; readonly ttlSeconds?: number },
  ): Promise<Request>
  export function verifyRequest(options: {
    readonly request: Request
    readonly verifyMessage: (message: {
      readonly address: Hex
      readonly message: { readonly raw: Hex }
      readonly signature: Hex
    }) => Promise<boolean>
    readonly nonceStore: { consume(key: string, ttlSeconds: number): Promise<boolean> }
    readonly policy?: { readonly maxValiditySec?: number }
  }): Promise<Verified>
}
