import { isLedgerError } from '../../run/errors.ts'

/** What the ledger calls by other names than the command line does. What is not here (`kind`, `id`, `input`) is called the same. */
const OPTIONS: Record<string, string> = {
  before: '--before',
  concurrency: '--concurrency',
  cursor: '--cursor',
  expiresAt: '--expires',
  idempotencyKey: '--idempotency-key',
  kinds: '--kinds',
  label: '--label',
  labels: '--label',
  leaseSeconds: '--lease',
  limit: '--limit',
  maxAttempts: '--max-attempts',
  name: '--name',
  priority: '--priority',
  projectId: '--project',
  q: '--q',
  reason: '--reason',
  runAt: '--run-at',
  scopes: '--scope',
  since: '--since',
  state: '--state',
  timeoutSeconds: '--timeout',
}

/** What an error says, with the option that was given in place of the field that it became. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [field = ''] = (isLedgerError(error) ? error.issues[0]?.path : undefined)?.split('.') ?? []
  const isNamed = Object.hasOwn(OPTIONS, field) && /^(\.|: )/.test(error.message.slice(field.length))
  return isNamed && error.message.startsWith(field)
    ? OPTIONS[field] + error.message.slice(field.length)
    : error.message
}
