import { inspect } from 'node:util'

/** Further errors in it, and what they hold, are told up to so many. */
const MOST = 10
const BOUNDS = { depth: 3, maxArrayLength: 20, maxStringLength: 2_000, breakLength: 110 }

/**
 * What was thrown, in words: an error's stack, which says more than its message and begins with it, and what it was caused
 * by; anything else as Node shows it. Never throws.
 */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? textOfError(thrown, new Set()) : textOfOther(thrown)
  } catch {
    return 'what was thrown cannot be written'
  }
}

function textOfError(error: Error, told: Set<Error>): string {
  if (told.has(error)) return `${error.name}: ${error.message} (told above)`
  if (told.size >= MOST) return 'and more'
  told.add(error)
  const { stack, cause } = error
  const own = stack?.includes(error.message) ? stack : `${error.name}: ${error.message}`
  const below = (one: unknown) => (one instanceof Error ? textOfError(one, told) : textOfOther(one))
  const inner = error instanceof AggregateError ? error.errors.slice(0, MOST).map(below) : []
  return [
    own,
    ...inner.map((text, n) => `error ${n + 1}: ${text}`),
    ...(cause === undefined ? [] : [`caused by: ${below(cause)}`]),
  ].join('\n')
}

function textOfOther(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown || 'the handler threw an empty text'
  return inspect(thrown, BOUNDS)
}
