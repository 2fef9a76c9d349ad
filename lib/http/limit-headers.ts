import type { LimitState } from '../ports/context.ts'

/** The `RateLimit` headers of the IETF's draft: what the limit is, and what is left of it. */
export function limitHeaders(limits: LimitState[]): [string, string][] {
  if (limits.length === 0) return []
  const policy = limits.map(({ name, limit }) => `"${name}";q=${limit};w=60`).join(', ')
  const left = limits
    .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
    .join(', ')
  return [
    ['RateLimit-Policy', policy],
    ['RateLimit', left],
  ]
}
