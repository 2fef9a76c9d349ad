/** Signs what is handed out and must come back unchanged, each purpose with a key of its own. */
export interface Signer {
  /** `payload` with its signature, URL-safe. */
  sign(purpose: SignPurpose, payload: string): string
  /** The payload, or null when the signature is not ours (with the present or the previous secret). */
  verify(purpose: SignPurpose, signed: string): string | null
  /**
   * 32 bytes that are for one name alone, and always the same: of the present secret, and of the previous one, where there is
   * one. For secrets that others are told, and that are kept nowhere.
   */
  derive(name: string): { present: Uint8Array; previous: Uint8Array | null }
}

export type SignPurpose = 'lease' | 'cookie' | 'csrf' | 'disk-url'
