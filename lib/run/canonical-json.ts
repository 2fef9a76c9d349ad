/** A value's one text as JSON (RFC 8785): keys in order, no spaces. What JSON has no word for is left out, as `JSON.stringify` does. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  // By UTF-16 code units, as texts compare; an object of its own would put names that look like numbers first.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  let text = ''
  for (const [key, inner] of entries)
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(inner)}`
  return `{${text}}`
}
