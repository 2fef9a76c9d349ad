/** What never stands in a log, wherever it is found: the work's own data, and what lets somebody in. In lower case. */
const HIDDEN = new Set([
  'input',
  'leasetoken',
  'lease-token',
  'x-lease-token',
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
])
/** Where Postgres quotes the values of a statement that failed. */
const HIDDEN_IN_ERRORS = new Set([...HIDDEN, 'detail', 'where'])
const REDACTED = '[redacted]'

/**
 * The fields of a line as JSON has them: errors with their stack and cause, without what is hidden. What stands in them
 * twice, or holds itself, is told once. Never throws: of fields that cannot be read, that is told.
 */
export function tellFields(fields: Record<string, unknown>): Record<string, unknown> {
  try {
    return tellEach(fields, { told: new Set([fields]), inError: false })
  } catch {
    return { fields: '[unreadable]' }
  }
}

interface Telling {
  told: Set<unknown>
  inError: boolean
}

function tell(given: unknown, telling: Telling): unknown {
  const value = given instanceof Error ? given : jsonOf(given)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (telling.told.has(value)) return '[told above]'
  telling.told.add(value)
  if (Array.isArray(value)) return value.map((one) => tell(one, telling))
  if (value instanceof Error) return tellEach(wordsOf(value), { ...telling, inError: true })
  // The connection, the request, the stream that failed: no words, and full of what was sent.
  if (telling.inError && !isPlain(value)) return `[${value.constructor.name}]`
  return tellEach(value, telling)
}

/** What a date, a URL says of itself to JSON. */
function jsonOf(value: unknown): unknown {
  const toJSON = (value as { toJSON?: unknown } | null | undefined)?.toJSON
  return typeof toJSON === 'function' ? toJSON.call(value) : value
}

function wordsOf(error: Error): object {
  const { name, message, stack, cause } = error
  const inner = error instanceof AggregateError ? { errors: error.errors } : {}
  return { ...error, name, message, stack, ...inner, cause }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function tellEach(value: object, telling: Telling): Record<string, unknown> {
  const hidden = telling.inError ? HIDDEN_IN_ERRORS : HIDDEN
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      one !== undefined && hidden.has(key.toLowerCase()) ? REDACTED : tell(one, telling),
    ]),
  )
}
