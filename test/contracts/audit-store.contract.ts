import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AuditRow, auditOfRun, auditText, NO_HASH } from '../../lib/run/audit.ts'
import { unique } from '../support/make.ts'
import { type Engine, must, useHarness } from './harness.ts'
import { auditEntry, finishedRun } from './retention-steps.ts'

/** What `lib/ports/audit-store.ts` promises, on one engine. */
export function auditStoreContract(engine: Engine): void {
  describe(`the audit on ${engine.name}`, () => {
    const at = useHarness(engine)

    it('of a new database is empty, and its first row follows zeros', async () => {
      const { audit } = at().store
      expect(await audit.head()).toBeNull()
      expect(await audit.walk(0, 10)).toEqual([])
      expect(await audit.append([])).toEqual([])
      const [row] = await audit.append([auditEntry()])
      expect(row).toMatchObject({ seq: 1, prevHash: NO_HASH })
      expect(await audit.walk(0, 10)).toEqual([row])
    })

    it('gives back what was said of a run, word for word', async () => {
      const { store } = at()
      const labels = { weird: '"Zoë" \\ \u20ac\u{1f600}' }
      const run = await finishedRun(
        store,
        { name: 'nightly', labels },
        { columns: { cpuSeconds: 0.30000000000000004 } },
      )
      const stats = {
        ...auditOfRun(run).stats,
        ratio: 1e-7,
        much: 2 ** 53 - 1,
        nested: { b: [1, 'x', null], a: {} },
      }
      const said = {
        ...auditEntry({ phase: 'pending', reason: 'Zoë’s wish \\ "no"' }),
        ...auditOfRun(run),
        stats,
      }
      const [row] = await store.audit.append([{ ...said, deletedAt: 'now' }])
      expect(AuditRow.parse(row)).toEqual({ ...must(row), ...said, deletedAt: must(row).at })
      expect(await store.audit.list({ jobId: run.id, limit: 10 })).toEqual([row])
      expect(hashOf(must((await store.audit.list({ jobId: run.id, limit: 1 }))[0]))).toBe(must(row).hash)
    })

    it('adds a batch whole, in its order, each row chained to the one before', async () => {
      const { audit } = at().store
      const rows = await audit.append([auditEntry(), auditEntry(), auditEntry()])
      expectChain(await audit.walk(0, 1_000))
      const { seq, hash } = must(rows[2])
      expect(await audit.head()).toEqual({ seq, hash, at: must(rows[2]).at })
      await expect(audit.append([auditEntry(), auditEntry({ id: must(rows[0]).id })])).rejects.toThrow()
      expect((await audit.head())?.seq).toBe(seq)
    })

    it('is one chain, whoever adds to it at the same time', async () => {
      const stores = await at().several(5)
      const actor = unique('writer')
      const writers = Array.from({ length: 20 }, async (_, n) => {
        const { audit } = must(stores[n % stores.length])
        for (let round = 0; round < 5; round++)
          await audit.append([
            auditEntry({ actor, requestId: `${n}` }),
            auditEntry({ actor, requestId: `${n}` }),
          ])
      })
      await Promise.all(writers)
      const rows = await at().store.audit.walk(0, 10_000)
      expectChain(rows)
      expect(rows.filter((row) => row.actor === actor)).toHaveLength(200)
      // The two of a batch stand together.
      const own = rows.filter((row) => row.actor === actor).map(({ requestId }) => requestId)
      expect(own.filter((_, n) => n % 2 === 0)).toEqual(own.filter((_, n) => n % 2 === 1))
      const times = rows.map((row) => row.at)
      expect(times).toEqual(times.toSorted())
    })

    it.each([
      'UPDATE job_audit SET actor = $$eve$$',
      'DELETE FROM job_audit WHERE seq = 1',
      'TRUNCATE job_audit',
    ])('refuses %s', async (statement) => {
      const { audit, raw } = at().store
      await audit.append([auditEntry()])
      const before = await audit.walk(0, 10_000)
      await expect(raw(statement)).rejects.toThrow('job_audit is append-only')
      expect(await audit.walk(0, 10_000)).toEqual(before)
    })

    it('is listed newest first, by run and by what was done, page by page', async () => {
      const { audit } = at().store
      const jobId = unique('job')
      await audit.append([
        auditEntry({ jobId, action: 'run.held' }),
        auditEntry({ jobId, action: 'run.released' }),
        auditEntry({ jobId }),
        auditEntry({ action: 'run.purged' }),
      ])
      const actions = async (filter: object) =>
        (await audit.list({ limit: 10, ...filter })).map(({ action }) => action)
      expect(await actions({ jobId })).toEqual(['run.deleted', 'run.released', 'run.held'])
      expect(await actions({ jobId, action: 'run.held' })).toEqual(['run.held'])
      expect(await actions({ action: 'run.purged' })).toEqual(['run.purged'])
      const [first, second] = await audit.list({ limit: 2 })
      expect(await audit.list({ limit: 1, before: must(first).seq })).toEqual([second])
    })

    it('is listed by who did it and when, from an instant on and before another', async () => {
      const { audit } = at().store
      const actor = unique('who')
      const rows = []
      for (let n = 0; n < 3; n++) {
        rows.push(...(await audit.append([auditEntry({ actor })])))
        await delay(5)
      }
      const [first, second, third] = rows.map(({ at: time }) => time)
      const times = async (filter: object) =>
        (await audit.list({ actor, limit: 10, ...filter })).map(({ at: time }) => time)
      expect(await times({})).toEqual([third, second, first])
      expect(await times({ from: second })).toEqual([third, second])
      expect(await times({ to: second })).toEqual([first])
      expect(await times({ from: second, to: third })).toEqual([second])
      expect(await times({ from: '2999-01-01T00:00:00.000Z' })).toEqual([])
      expect(await times({ to: '1999-01-01T00:00:00.000Z' })).toEqual([])
      expect(await audit.list({ actor: actor.slice(0, -1), limit: 10 })).toEqual([])
    })
  })
}

function expectChain(rows: AuditRow[]): void {
  let [seq, hash] = [0, NO_HASH]
  for (const row of rows) {
    expect(row).toMatchObject({ seq: seq + 1, prevHash: hash, hash: hashOf(row) })
    seq = row.seq
    hash = row.hash
  }
}

const hashOf = (row: AuditRow) => createHash('sha256').update(auditText(row)).digest('hex')
