/** What people wrote themselves. A database may give its keys back in another order, so they are put in one. */
const WRITTEN_BY_PEOPLE = new Set(['input', 'labels', 'data'])

/**
 * One JSON value on one line, the same for the same data wherever it is kept. Control characters that JSON leaves as they
 * are, and terminals do not, are escaped.
 */
export function toJson(value: unknown): string {
  const sorted = (key: string, inner: unknown) => (WRITTEN_BY_PEOPLE.has(key) ? withSortedKeys(inner) : inner)
  return JSON.stringify(value, sorted).replaceAll(
    /[\u007F-\u009F]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withSortedKeys(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
