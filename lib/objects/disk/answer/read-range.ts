import { Refusal } from './refusal.ts'

/**
 * From where, and up to but not with, a `Range` header asks of so many bytes. Null for the whole: without a header, and for
 * what a server may overlook (several ranges, other units). Refuses with 416 what lies beyond the end.
 */
export function readRange(header: string | null, bytes: number): { start: number; end: number } | null {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '') ?? []
  if (first === '' && last === '') return null
  if (first !== '' && last !== '' && Number(first) > Number(last)) return null
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes : Math.min(Number(last) + 1, bytes)
  if (start < end) return { start, end }
  throw new Refusal(416, `the object has ${bytes} bytes: there are none in that range`, {
    'content-range': `bytes */${bytes}`,
  })
}
