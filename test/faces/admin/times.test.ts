import { expect, it } from 'vitest'
import { withTimes } from '../../../lib/faces/admin/parts/times.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'

const reader = {
  actor: SYSTEM,
  csrf: '',
  zone: 'Asia/Tokyo',
  theme: 'system' as const,
  now: Date.parse('2026-11-22T12:00:00.000Z'),
}
const shown = async (sentence: string) => String(await withTimes(reader, sentence))
const asText = async (sentence: string) => (await shown(sentence)).replaceAll(/<[^>]*>/g, '')

it('a sentence of the ledger tells its times by the clock of who reads', async () => {
  expect(await asText('due at 2026-11-22T18:00:00.000Z, not 2025-11-22T18:00:00Z')).toBe(
    'due at 23 Nov 03:00:00, not 23 Nov 2025 03:00:00',
  )
  expect(await shown('2026-11-22T18:00:00.000Z')).toContain('<time datetime="2026-11-22T18:00:00.000Z"')
})

it('a sentence without times, or with what only looks like one, stays as it is, as text', async () => {
  for (const sentence of ['', 'all is well', 'at 2026-99-99T99:99:99.000Z', '2026-11-22'])
    expect(await shown(sentence)).toBe(sentence)
  expect(await shown('<b> at 2026-99-99T99:99:99Z<i>')).toBe('&lt;b&gt; at 2026-99-99T99:99:99Z&lt;i&gt;')
})
