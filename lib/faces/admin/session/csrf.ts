import type { Signer } from '../../../ports/signer.ts'
import { LedgerError } from '../../../run/errors.ts'

/** The name of the field. */
export const CSRF_FIELD = 'csrf'

/** Whose forms these are. A visit's nonce comes from whoever asks, so its token must never be one of a session. */
export type FormsOf = { visit: string } | { session: string }

/** The token of all forms of a session, or of a visit before one. */
export const csrfToken = (signer: Signer, of: FormsOf): string => signer.sign('csrf', payloadOf(of))

/** Throws `forbidden` where a form was not made by a page of ours for this very session. */
export function checkCsrf(signer: Signer, of: FormsOf, token: string | undefined): void {
  const nonce = 'visit' in of ? of.visit : of.session
  if (nonce !== '' && token !== undefined && signer.verify('csrf', token) === payloadOf(of)) return
  throw new LedgerError(
    'forbidden',
    'the form is not of this session: go back, load the page again and send it',
  )
}

const payloadOf = (of: FormsOf) => ('visit' in of ? `visit:${of.visit}` : `session:${of.session}`)
