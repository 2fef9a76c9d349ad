/** Signs what is handed out and must come back unchanged, each purpose with a key of its own. */
export interface Signer {
  /** `payload` with its signature, URL-safe. */
  sign(purpose: SignPurpose, payload: string): string
  /** The payload, or null when the signature is not ours (with the present or the previous secret). */
  verify(purpose: SignPurpose, signed: string): string | null
}

export type SignPurpose = 'lease' | 'cookie' | 'csrf' | 'disk-url'
