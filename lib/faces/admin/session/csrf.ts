import type { Signer } from '../../../ports/signer.ts'
import { LedgerError } from '../../../run/errors.ts'

/** The name of the field. */
export const CSRF_FIELD = 'csrf'

/** The token of all forms of a session, or of a visit before one. */
export const csrfToken = (signer: Signer, nonce: string): string => signer.sign('csrf', nonce)

/** Throws `forbidden` where a form was not made by a page of ours for this very session. */
export function checkCsrf(signer: Signer, nonce: string, token: string | undefined): void {
  if (nonce !== '' && token !== undefined && signer.verify('csrf', token) === nonce) return
  throw new LedgerError(
    'forbidden',
    'the form is not of this session: go back, load the page again and send it',
  )
}
