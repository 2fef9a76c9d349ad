import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import type { Output } from '../../../lib/ports/output-store.ts'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, useHarness } from '../harness.ts'
import { nextAttempt } from '../log-steps.ts'
import { commitAll, newOutput } from '../output-steps.ts'
import { startRun } from '../steps.ts'

/** In the order of their bytes in UTF-8, which is not that of UTF-16. */
const PATHS = [
  ' ',
  '!',
  'A',
  'B/a',
  'a',
  'a b',
  'a%',
  'a-b',
  'a.b',
  'a/b',
  'a/b/c',
  'a0',
  'aa',
  'b',
  'ä',
  '\ufb01',
  '\uffee',
  '\u{1f469}',
]

export function listOutputsContract(engine: Engine): void {
  describe('the committed files', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })

    it('are listed in the order of the bytes of their paths, page by page', async () => {
      const { store } = at()
      const run = await started()
      const committed = await commitAll(store, run, ...PATHS.toReversed())
      const sorted = committed.toReversed()
      expect(sorted.map(({ path }) => path)).toEqual(PATHS)
      for (const limit of [1, 5, PATHS.length, 100]) expect(await pages(store, run.id, limit)).toEqual(sorted)
      expect(await store.outputs.list(run.id, { afterPath: 'a/', limit: 2 })).toMatchObject([
        { path: 'a/b' },
        { path: 'a/b/c' },
      ])
    })

    it('hold each path once: the last attempt’s that was committed', async () => {
      const { store } = at()
      const first = await started()
      const [one, both] = await commitAll(store, first, 'one', 'both', 'open')
      const second = await nextAttempt(store, first)
      const [again, two] = await commitAll(store, second, 'both', 'two')
      const third = await nextAttempt(store, second)
      await store.outputs.reserve(newOutput(third, 'both'))
      await store.outputs.reserve(newOutput(third, 'open'))
      await store.outputs.reserve(newOutput(third, 'three'))
      const open = await store.outputs.get(first.id, 1, 'open')
      for (const limit of [1, 2, 100])
        expect(await pages(store, first.id, limit)).toEqual([again, one, open, two])
      expect(both).not.toEqual(again)
      expect(await store.outputs.find(first.id, 'both')).toEqual(again)
      expect(await store.outputs.find(first.id, 'open')).toEqual(open)
      expect(await store.outputs.find(first.id, 'one')).toEqual(one)
      expect(await store.outputs.find(first.id, 'three')).toBeNull()
      const [newest] = await commitAll(store, third, 'both')
      expect(await store.outputs.find(first.id, 'both')).toEqual(newest)
    })

    it('are those of one run', async () => {
      const { store } = at()
      const [run, other] = [await started(), await started()]
      await commitAll(store, other, 'a')
      await store.outputs.reserve(newOutput(run, 'a'))
      expect(await pages(store, run.id, 10)).toEqual([])
      expect(await store.outputs.find(run.id, 'a')).toBeNull()
      expect(await pages(store, newRun().id, 10)).toEqual([])
    })

    it('may have paths of 1,024 bytes', async () => {
      const { store } = at()
      const run = await started()
      const long = ['x', 'y'].map((last) => `${unique('n')}/${'é'.repeat(490)}`.padEnd(527, last))
      const committed = await commitAll(store, run, ...long)
      expect(await pages(store, run.id, 1)).toEqual(committed.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    })
  })
}

async function pages(store: OpenStore, runId: string, limit: number): Promise<Output[]> {
  const seen: Output[] = []
  for (;;) {
    const page = await store.outputs.list(runId, { afterPath: seen.at(-1)?.path, limit })
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) return seen
    seen.push(...page)
  }
}
