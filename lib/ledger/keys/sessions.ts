import type { Actor } from '../../ports/actor.ts'
import type { Context, Ports } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { identify, identifyById } from './authenticate.ts'
import { proofOf } from './key-text.ts'

/** How long somebody stays signed in. */
export const SESSION_SECONDS = 12 * 60 * 60
const NONCE_BYTES = 16

/** Somebody who is signed in. */
export interface Session {
  actor: Actor
  /** What forms of this session are bound to. */
  nonce: string
  endsAt: string
}

/**
 * Signs somebody in by a key; the text is for a cookie, names the key, and is no key itself. `from` is where they ask from: wrong keys are
 * counted by it, and right ones never are, so that nobody keeps those out who come from the same place. Throws `unauthorized`, `limited`.
 */
export async function signIn(
  ctx: Omit<Context, 'actor'>,
  { key, from }: { key: string; from: string },
): Promise<string> {
  const { keyId, secretHash } = await identify(ctx, key).catch(async (error) => {
    const stranger: Actor = { name: 'nobody', scopes: [], projectId: null, limitKey: `from:${from}` }
    await takeTokens({ ...ctx, actor: stranger }, 'sign-in', 1)
    throw error
  })
  const endsAt = ctx.now() + SESSION_SECONDS * 1_000
  return ctx.signer.sign(
    'cookie',
    [keyId, proofOf(secretHash), endsAt, ctx.randomToken(NONCE_BYTES)].join(':'),
  )
}

/**
 * Whose session that is. The key is read anew each time: one that was revoked, has expired or has a new secret ends the session at once, as
 * does signing out. Throws `unauthorized`.
 */
export async function readSession(ports: Ports, text: string): Promise<Session> {
  const { keyId, proof, endsAt, nonce } = partsOf(ports, text)
  if (nonce === '') throw new LedgerError('unauthorized', 'sign in to go on')
  const [{ actor, secretHash }, hasEnded] = await Promise.all([
    identifyById(ports, keyId),
    ports.keys.hasEnded(nonce),
  ])
  if (hasEnded || endsAt <= ports.now())
    throw new LedgerError('unauthorized', 'the session is over: sign in again')
  if (proofOf(secretHash) !== proof)
    throw new LedgerError('unauthorized', 'the key has a new secret: sign in with it')
  return { actor, nonce, endsAt: new Date(endsAt).toISOString() }
}

/** Ends this session wherever its text is by now; others of the same key go on. What is no session, or over, is left alone. */
export async function signOut(ports: Pick<Ports, 'signer' | 'keys' | 'now'>, text: string): Promise<void> {
  const { nonce, endsAt } = partsOf(ports, text)
  if (nonce !== '' && endsAt > ports.now()) await ports.keys.endSession(nonce, new Date(endsAt).toISOString())
}

function partsOf({ signer }: Pick<Ports, 'signer'>, text: string) {
  const [keyId = '', proof = '', endsAt = '', nonce = ''] = signer.verify('cookie', text)?.split(':') ?? []
  return { keyId, proof, endsAt: Number(endsAt), nonce }
}
