import { describe, expect, it } from 'vitest'
import { folderName } from '../../../lib/run/folder.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { enqueue, eventsOf, expectWellFormed, getRun } from '../steps.ts'

export function insertContract(engine: Engine): void {
  describe('insert', () => {
    const at = useHarness(engine)

    it('answers with the run as it is read back', async () => {
      const { store } = at()
      const projectId = unique('p')
      const started = { workerId: 'w', leaseSeconds: 60, startedAt: null, pid: 7 }
      const plain = { input: undefined, labels: {}, maxAttempts: 1, priority: 1 }
      const full = {
        projectId,
        name: 'é',
        input: { b: 1, a: [null] },
        labels: { z: '1', a: '2' },
        timeoutSeconds: 9,
        priority: 3,
      }
      for (const batch of [
        newRuns(2, plain),
        newRuns(2, { ...full, runAt: { inMs: 60_000 } }),
        [newRun(plain), newRun({ ...full, runAt: '2030-01-01T00:00:00.000Z', idempotencyKey: unique('k') })],
        [newRun({ ...full, started }), newRun(plain)],
      ]) {
        const answers = await store.runs.insert(batch)
        expect(answers.map(({ run }) => run)).toEqual(await store.runs.get(batch.map(({ id }) => id)))
        for (const { run } of answers) expectWellFormed(run)
      }
    })

    it('keeps what it is given and answers with the queued run', async () => {
      const { store } = at()
      const given = newRun({
        projectId: unique('p'),
        kind: 'script.pull',
        name: 'Ünïcode "name" 100%',
        input: { nested: [1, 2.5, null, true, { a: "it's \\ fine" }], text: '日本 🎉', empty: {} },
        idempotencyKey: 'key-1',
        idempotencyHash: 'hash-1',
        maxAttempts: 3,
        priority: 2,
        timeoutSeconds: 90,
        labels: { team: 'ops', 'a.b"c': "d'e" },
        createdBy: 'Zoë',
      })
      const [answer] = await store.runs.insert([given])
      const { idempotencyHash: _hash, runAt: _runAt, ...kept } = given
      expect(answer).toMatchObject({ inserted: true, idempotencyHash: 'hash-1' })
      expect(answer?.run).toMatchObject({
        ...kept,
        state: 'queued',
        attempt: 0,
        fence: 0,
        progress: 0,
        storageState: 'active',
        folderName: null,
        durationMs: null,
      })
      expectWellFormed(must(answer).run)
      expect(await getRun(store, given.id)).toEqual(answer?.run)
    })

    it('keeps an input of any JSON type', async () => {
      const { store } = at()
      const inputs = [
        null,
        0,
        -1.5e-7,
        9_007_199_254_740_991,
        '',
        'null',
        '{"a":1}',
        false,
        [],
        {},
        [[], {}],
        'x'.repeat(260_000),
      ]
      const runs = await enqueue(store, ...inputs.map((input) => newRun({ input })))
      expect(runs.map((run) => run.input)).toEqual(inputs)
    })

    it('writes run.enqueued by its creator', async () => {
      const { store } = at()
      const [run] = await enqueue(store, newRun({ kind: 'some.kind', createdBy: 'Ada' }))
      const events = await eventsOf(store, must(run).id)
      expect(events).toMatchObject([
        { type: 'run.enqueued', actor: 'Ada', data: { kind: 'some.kind' }, runId: run?.id },
      ])
      expect(events[0]?.at).toBe(run?.createdAt)
    })

    it('answers in the order given', async () => {
      const { store } = at()
      const runs = newRuns(300).sort(() => Math.random() - 0.5)
      const answers = await store.runs.insert(runs)
      expect(answers.map((answer) => answer.run.id)).toEqual(runs.map((run) => run.id))
      expect(await store.runs.insert([])).toEqual([])
    })

    it('takes a thousand at once', async () => {
      const { store } = at()
      const projectId = unique('p')
      const answers = await store.runs.insert(newRuns(1_000, { projectId }))
      expect(answers.filter((answer) => answer.inserted)).toHaveLength(1_000)
    })

    it('adds all of a call or nothing', async () => {
      const { store } = at()
      const good = newRun()
      await expect(store.runs.insert([good, newRun({ priority: 9 })])).rejects.toThrow()
      expect(await store.runs.get([good.id])).toEqual([null])
      expect(await eventsOf(store, good.id)).toEqual([])
    })

    it('reads runAt as an instant or as a delay from now', async () => {
      const { store } = at()
      const instant = '2031-02-03T04:05:06.789Z'
      const [fixed, delayed] = await enqueue(
        store,
        newRun({ runAt: instant }),
        newRun({ runAt: { inMs: 60_000 } }),
      )
      expect(fixed?.runAt).toBe(instant)
      expect(Date.parse(must(delayed).runAt) - Date.parse(must(delayed).createdAt)).toBeCloseTo(60_000, -2)
    })

    it('registers a kind once in its project', async () => {
      const { store } = at()
      const [one, two, kind] = [unique('p'), unique('p'), unique('kind')]
      const first = await enqueue(store, ...newRuns(3, { projectId: one, kind }))
      const later = await enqueue(store, newRun({ projectId: one, kind }))
      const others = await enqueue(
        store,
        newRun({ projectId: two, kind }),
        newRun({ kind }),
        newRun({ kind }),
      )
      const idsOfOne = new Set([...first, ...later].map((run) => run.scriptId))
      expect(idsOfOne.size).toBe(1)
      expect(others[1]?.scriptId).toBe(others[2]?.scriptId)
      const ids = new Set([...idsOfOne, ...others.map((run) => run.scriptId)])
      expect([...ids].every((id) => Number.isInteger(id))).toBe(true)
      expect(ids.size).toBe(3)
      expect(await store.raw(`SELECT id FROM scripts WHERE name = '${kind}'`)).toHaveLength(3)
    })

    describe('of a started run', () => {
      const started = { workerId: 'host-7', leaseSeconds: 60, startedAt: null, pid: 4321 }

      it('makes it running, with its lease and folder, at attempt and fence 1', async () => {
        const { store } = at()
        const [run] = await enqueue(store, newRun({ started, createdBy: 'Ada' }))
        expect(run).toMatchObject({ state: 'running', attempt: 1, fence: 1, claimedBy: 'host-7', pid: 4321 })
        expect(run?.folderName).toBe(folderName(must(run).id, must(run?.startedAt)))
        expect(Date.parse(must(run?.leaseExpiresAt)) - Date.parse(must(run?.createdAt))).toBe(60_000)
        expectWellFormed(must(run))
        const events = await eventsOf(store, must(run).id)
        expect(events).toMatchObject([
          { type: 'run.started', data: { workerId: 'host-7', fence: 1, attempt: 1 } },
        ])
      })

      it('leaves it without a lease where none is asked for', async () => {
        const { store } = at()
        const [run] = await enqueue(store, newRun({ started: { ...started, leaseSeconds: null } }))
        expect(run).toMatchObject({ state: 'running', leaseExpiresAt: null, claimedBy: 'host-7' })
      })

      it('keeps a start in the past and names the folder after it', async () => {
        const { store } = at()
        const startedAt = '2026-01-02T03:04:05.678Z'
        const [run] = await enqueue(store, newRun({ started: { ...started, startedAt } }))
        expect(run?.startedAt).toBe(startedAt)
        expect(run?.folderName).toBe(`20260102_030405_${run?.id}`)
      })

      it('moves a start in the future to now', async () => {
        const { store } = at()
        const [run] = await enqueue(
          store,
          newRun({ started: { ...started, startedAt: '2090-01-01T00:00:00.000Z' } }),
        )
        expect(run?.startedAt).toBe(run?.createdAt)
        expect(run?.folderName).toBe(folderName(must(run).id, must(run).createdAt))
      })

      it('goes in one call with queued ones, all or nothing', async () => {
        const { store } = at()
        const good = newRun()
        await expect(store.runs.insert([good, newRun({ started, priority: 9 })])).rejects.toThrow()
        expect(await store.runs.get([good.id])).toEqual([null])
      })

      it('keeps the order of a call with queued ones', async () => {
        const { store } = at()
        const runs = await enqueue(store, newRun(), newRun({ started }), newRun())
        expect(runs.map((run) => run.state)).toEqual(['queued', 'running', 'queued'])
      })
    })
  })
}
