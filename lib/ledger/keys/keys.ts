import { z } from 'zod'
import { Scope } from '../../ports/actor.ts'
import type { AuditEntry } from '../../ports/audit-store.ts'
import type { Context } from '../../ports/context.ts'
import type { StoredKey } from '../../ports/key-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { ProjectId, RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { RunName } from '../runs/run-input.ts'
import { hashSecret, proofOf, toKeyText } from './key-text.ts'

/** A key as it may be shown: without its secret or the hash of it. */
export const Key = z
  .object({
    id: RunId,
    name: z.string(),
    owner: z.string(),
    scopes: z.array(Scope),
    projectId: z.string().nullable(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To five minutes' }),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Key' })
export type Key = z.infer<typeof Key>

/** A key with the text to be sent, which is shown this once. */
export const NewKey = Key.extend({ key: z.string().meta({ description: 'Shown this once' }) }).meta({
  id: 'NewKey',
})
export type NewKey = z.infer<typeof NewKey>

export const CreateKey = z
  .strictObject({
    name: RunName,
    scopes: z
      .array(Scope)
      .min(1)
      .transform((scopes) => [...new Set(scopes)]),
    projectId: ProjectId.nullable()
      .default(null)
      .meta({ description: 'The only project the key sees; none: all' }),
    owner: RunName.optional().meta({ description: 'Shown as the actor. Default: the name' }),
    expiresAt: Instant.optional(),
  })
  .refine(({ scopes, projectId }) => projectId === null || !scopes.includes('admin'), {
    path: ['projectId'],
    message: 'an admin key has no project',
  })
  .meta({ id: 'CreateKey' })
export type CreateKey = z.input<typeof CreateKey>

const SECRET_BYTES = 32

/**
 * Makes a key. Its text is in this answer and nowhere else. Who may ask twice for the same key gives its `id`. Throws `forbidden` unless the
 * actor is an admin; `conflict` where the key of that id is made already.
 */
export async function createKey(
  ctx: Context,
  input: CreateKey,
  { id }: { id?: string | undefined } = {},
): Promise<NewKey> {
  requireScope(ctx, 'admin')
  const { name, owner = name, scopes, projectId, expiresAt = null } = parseInput(CreateKey, input)
  if (expiresAt !== null && Date.parse(expiresAt) <= ctx.now())
    throw new LedgerError('invalid', 'expiresAt lies in the past', {
      issues: [{ path: 'expiresAt', message: 'must lie in the future' }],
    })
  const known = id === undefined ? null : await ctx.keys.find(id)
  if (known !== null)
    throw new LedgerError('conflict', `the key ${known.key.name} is made already; its text was shown once`)
  const secret = ctx.randomToken(SECRET_BYTES)
  const made = { id: id ?? ctx.newId(), name, owner, scopes, projectId, expiresAt }
  const stored = await ctx.keys.insert(
    { ...made, secretHash: hashSecret(secret), createdBy: ctx.actor.name },
    auditOfKey(ctx, 'key.created', made),
  )
  return { ...shown(stored), key: toKeyText(stored.id, secret) }
}

export const ListKeys = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: RunId.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListKeys = z.input<typeof ListKeys>

/** Keys, newest first, revoked ones too. */
export async function listKeys(
  ctx: Context,
  input: ListKeys = {},
): Promise<{ data: Key[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { data, nextCursor } = await pageOf(ctx, input)
  return { data: data.map(shown), nextCursor }
}

/** A key, and what tells its present secret from the next. */
export interface RotatableKey extends Key {
  secretProof: string
}

/** The same, for whoever may rotate the very secret that they see. */
export async function listRotatableKeys(
  ctx: Context,
  input: ListKeys = {},
): Promise<{ data: RotatableKey[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { data, nextCursor } = await pageOf(ctx, input)
  return { data: data.map((key) => ({ ...shown(key), secretProof: proofOf(key.secretHash) })), nextCursor }
}

async function pageOf(ctx: Context, input: ListKeys) {
  const { limit, cursor } = parseInput(ListKeys, input)
  const keys = await ctx.keys.list({ after: cursor, limit: limit + 1 })
  const data = keys.slice(0, limit)
  return { data, nextCursor: keys.length > limit ? (data.at(-1)?.id ?? null) : null }
}

export const NamedKey = z.strictObject({ id: RunId })
export type NamedKey = z.input<typeof NamedKey>

/**
 * Gives a key a new secret; the old one ends at once, and its sessions. `seen` is the proof of the secret that is meant. Throws `not_found`,
 * also for a revoked key; `conflict` where it has another secret by now.
 */
export async function rotateKey(
  ctx: Context,
  input: NamedKey,
  { seen }: { seen?: string | undefined } = {},
): Promise<NewKey> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedKey, input)
  const secret = ctx.randomToken(SECRET_BYTES)
  const found = await ctx.keys.find(id)
  if (found !== null && seen !== undefined && seen !== proofOf(found.key.secretHash))
    throw new LedgerError(
      'conflict',
      `the key ${found.key.name} has a new text already, which was shown once`,
    )
  const stored =
    found && (await ctx.keys.replaceSecret(id, hashSecret(secret), auditOfKey(ctx, 'key.rotated', found.key)))
  if (stored === null) throw new LedgerError('not_found', `there is no key ${id} in use`)
  return { ...shown(stored), key: toKeyText(id, secret) }
}

/** Ends a key for good; again, it changes nothing. Throws `not_found`. */
export async function revokeKey(ctx: Context, input: NamedKey): Promise<Key> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedKey, input)
  const found = await ctx.keys.find(id)
  if (found === null) throw new LedgerError('not_found', `there is no key ${id}`)
  const revoked = await ctx.keys.revoke(id, auditOfKey(ctx, 'key.revoked', found.key))
  return shown(revoked ?? (await ctx.keys.find(id))?.key ?? found.key)
}

/** What the audit keeps of what somebody did to a key: never its secret, nor the hash of it. */
function auditOfKey(
  { newId, actor, requestId }: Context,
  action: 'key.created' | 'key.rotated' | 'key.revoked',
  { id, name, owner, scopes, projectId, expiresAt }: Omit<StoredKey, 'secretHash' | KeyTimes | 'createdBy'>,
): AuditEntry {
  const stats = { keyId: id, key: name, owner, scopes, expiresAt }
  return { id: newId(), action, actor: actor.name, requestId, projectId, stats }
}

type KeyTimes = 'createdAt' | 'lastUsedAt' | 'revokedAt'

function shown({ secretHash: _secretHash, ...key }: StoredKey): Key {
  return key
}
