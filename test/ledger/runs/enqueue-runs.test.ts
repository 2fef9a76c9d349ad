import { describe, expect, it } from 'vitest'
import { type Enqueued, enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { isLedgerError } from '../../../lib/run/errors.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'

const runOf = (answer: unknown) => (answer as Enqueued).run

describe.each(ENGINES)('enqueue of a batch on $name', (engine) => {
  const at = useLedger(engine)

  it('answers each item in order: a run, the first run again, or why not', async () => {
    const { person, projectId } = at().tenant()
    const before = await enqueued(person, { kind: 'old', idempotencyKey: 'used' })
    const answers = await enqueueRuns(person, [
      { kind: 'a' },
      { kind: 'not a kind' },
      { kind: 'old', idempotencyKey: 'used' },
      { kind: 'new', idempotencyKey: 'used' },
      { kind: 'b', input: { token: `ghp_${'a1B2'.repeat(9)}` } },
      { kind: 'c', projectId: 'somebody-else' },
      null,
      { kind: 'd', idempotencyKey: 'twice' },
      { kind: 'd', idempotencyKey: 'twice' },
      { kind: 'e', idempotencyKey: 'twice' },
      { kind: 'f' },
    ])
    const told = answers.map((answer) =>
      isLedgerError(answer) ? answer.code : `${answer.run.kind}${answer.replayed ? ' again' : ''}`,
    )
    expect(told).toEqual([
      'a',
      'invalid',
      'old again',
      'invalid',
      'invalid',
      'forbidden',
      'invalid',
      'd',
      'd again',
      'invalid',
      'f',
    ])
    expect(runOf(answers[2])).toEqual(before)
    expect(runOf(answers[8])).toEqual(runOf(answers[7]))
    const { data } = await listRuns(person, { projectId, sort: 'createdAt:asc' })
    expect(data.map(({ kind }) => kind).toSorted()).toEqual(['a', 'd', 'f', 'old'])
  })

  it('names the place of a fault within its item', async () => {
    const [, secret] = await enqueueRuns(at().tenant().person, [
      { kind: 'a', input: { list: ['fine', 'fine as well'] } },
      { kind: 'b', input: { list: ['fine', { deep: 'https://me:hunter2hunter2@example.com' }] } },
    ])
    expect(secret).toMatchObject({ code: 'invalid', issues: [{ path: 'input.list.1.deep' }] })
  })

  it('takes a thousand, and not one more or none', async () => {
    const { person } = at().tenant()
    const items = (count: number) => Array.from({ length: count }, (_, n) => ({ kind: `k${n % 7}` }))
    const answers = await enqueueRuns(person, items(1_000))
    expect(new Set(answers.map((answer) => runOf(answer).id)).size).toBe(1_000)
    expect(answers.map((answer) => runOf(answer).kind)).toEqual(items(1_000).map(({ kind }) => kind))
    for (const wrong of [items(1_001), [], 'all of them'])
      expect(await refusal(enqueueRuns(person, wrong as unknown[]))).toMatchObject({ code: 'invalid' })
  })

  it('pages as 100, 100 and 50, none twice and none missing', async () => {
    const { person } = at().tenant()
    const answers = await enqueueRuns(
      person,
      Array.from({ length: 250 }, () => ({ kind: 'k' })),
    )
    const pages: string[][] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listRuns(person, { limit: 100, ...(cursor ? { cursor } : {}) })
      pages.push(page.data.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50])
    expect(pages.flat().toSorted()).toEqual(answers.map((answer) => runOf(answer).id).toSorted())
  })
})
