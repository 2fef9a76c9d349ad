import { isLedgerError } from '../../run/errors.ts'

/** What the ledger calls by other names than the command line does. What is not here (`kind`, `id`, `input`) is called the same. */
const OPTIONS: Record<string, string> = {
  'action.body': '--body',
  'action.headers': '--header',
  'action.input': '--input',
  'action.kind': '--enqueue',
  'action.maxAttempts': '--max-attempts',
  'action.name': '--builtin',
  'action.timeoutSeconds': '--timeout',
  'action.url': '--http',
  before: '--before',
  concurrency: '--concurrency',
  cursor: '--cursor',
  description: '--description',
  expiresAt: '--expires',
  idempotencyKey: '--idempotency-key',
  kinds: '--kinds',
  label: '--label',
  labels: '--label',
  leaseSeconds: '--lease',
  limit: '--limit',
  maxAttempts: '--max-attempts',
  maxRetries: '--retries',
  name: '--name',
  priority: '--priority',
  projectId: '--project',
  q: '--q',
  reason: '--reason',
  runAt: '--run-at',
  schedule: '--schedule',
  scopes: '--scope',
  since: '--since',
  state: '--state',
  timeZone: '--time-zone',
  timeoutMs: '--timeout',
  timeoutSeconds: '--timeout',
}

/** What an error says, with the option that was given in place of the field that it became. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [room = '', field = ''] = (isLedgerError(error) ? error.issues[0]?.path : undefined)?.split('.') ?? []
  const name = [`${room}.${field}`, room].find((one) => Object.hasOwn(OPTIONS, one))
  if (name === undefined || !error.message.startsWith(name)) return error.message
  const rest = error.message.slice(name.length)
  return /^(\.|: )/.test(rest) ? OPTIONS[name] + rest : error.message
}
