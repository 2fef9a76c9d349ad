import { describe, expect, it } from 'vitest'
import { addOutput } from '../../../lib/ledger/outputs/add-output.ts'
import { commitOutput } from '../../../lib/ledger/outputs/commit-output.ts'
import { fetchOutput } from '../../../lib/ledger/outputs/fetch-output.ts'
import { getOutput } from '../../../lib/ledger/outputs/get-output.ts'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import { putOutput } from '../../../lib/ledger/outputs/put-output.ts'
import { must } from '../../contracts/harness.ts'
import { refusal } from '../steps.ts'
import { type Held, keysOf, PLACES, pieces, upload, useOutputs } from './steps.ts'

const DOORS: [name: string, ask: (held: Held, path: string) => Promise<unknown>][] = [
  ['announced', ({ worker, leaseToken }, path) => addOutput(worker, { leaseToken, path, bytes: 1 })],
  ['sent', ({ worker, leaseToken }, path) => putOutput(worker, { leaseToken, path }, pieces('x'))],
  ['recorded', ({ worker, leaseToken }, path) => commitOutput(worker, { leaseToken, path })],
  ['linked to', ({ person, id }, path) => getOutput(person, { id, path })],
  ['fetched', ({ person, id }, path) => fetchOutput(person, { id, path })],
  ['opened', ({ person, id }, path) => openOutput(person, { id, path })],
]

describe.each(DOORS)('an output that is to be %s', (_, ask) => {
  const at = useOutputs(must(PLACES[0]))
  const warned = () => at().ledger.logged.filter(({ message }) => String(message).includes('is not safe'))

  it.each([
    ['../../etc/passwd', 'holds the segment ..'],
    ['/etc/passwd', 'is absolute'],
    ['a\\..\\..\\b', 'holds a backslash'],
    ['a\0', 'holds a NUL'],
  ])('by the name %j is refused, and logged', async (path, fault) => {
    const held = await at().hold()
    const before = warned().length
    expect(await refusal(ask(held, path))).toMatchObject({ code: 'invalid', issues: [{ path: 'path' }] })
    expect(await keysOf(at(), held.id)).toEqual([])
    expect(warned().slice(before)).toEqual([expect.objectContaining({ level: 'warn', path, fault })])
  })

  it('by a name that is safe is not logged', async () => {
    const held = await at().hold()
    await upload(held, 'a b/%2e%2e/c')
    const before = warned().length
    await ask(held, 'a b/%2e%2e/c').catch(() => {})
    await ask(held, 'x'.repeat(2_000)).catch(() => {})
    expect(warned()).toHaveLength(before)
  })
})
