/** One part of something: from byte `first` up to but not byte `to`, or the last so many. */
export type AskedRange = { first: number; to?: number } | { last: number }

/** The part that a `Range` header asks for; null for none, and for what is no single range of bytes, which is ignored (RFC 9110). */
export function parseRange(header: string | undefined): AskedRange | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '') return last === '' ? null : { last: Number(last) }
  if (last === '') return { first: Number(first) }
  return Number(last) < Number(first) ? null : { first: Number(first), to: Number(last) + 1 }
}
