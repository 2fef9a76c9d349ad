import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { S3, useArchives } from '../archives/steps.ts'
import { refusal } from '../steps.ts'
import { brokenAudit, oldRuns } from './steps.ts'

const RACES = 1_000
const AT_ONCE = 5
const LOG = { logFile: `'logs/race-' || upper(made.id) || '.log'`, logBytes: '5', logObjectBytes: '5' }
const keyOf = (id: string) => `logs/race-${id}.log`
const reason = 'race'

describe('a hold that races the deletion of a run with a log, 1,000 times,', () => {
  const at = useArchives(S3)

  /** Runs that are long over, each with the object of its log. */
  async function withLogs(count: number, kind: string): Promise<string[]> {
    const ids = await oldRuns(at().ledger, { count, days: 40, kind, more: LOG })
    for (const id of ids) await at().objects.put(keyOf(id), Buffer.from('line\n'))
    return ids
  }

  /** The hold was refused, as the run was on its way out or gone; or the run is there, with its log. */
  async function expectEither(id: string, held: PromiseSettledResult<unknown>): Promise<'held' | 'refused'> {
    const [run = null] = await at().ledger.store.runs.get([id])
    const isThere = (await at().objects.head(keyOf(id))) !== null
    if (held.status === 'fulfilled') {
      expect({ id, state: run?.storageState, isThere }).toEqual({ id, state: 'active', isThere: true })
      return 'held'
    }
    const { code } = await refusal(Promise.reject(held.reason))
    // Of one that is gone there is nothing to be in conflict with.
    expect({ id, code, isThere }).toEqual({
      id,
      code: run === null ? expect.any(String) : 'conflict',
      isThere,
    })
    expect(['conflict', 'not_found']).toContain(code)
    return 'refused'
  }

  async function otherInstance(): Promise<Context> {
    const { admin, ledger, objects } = at()
    const { actor, requestId } = admin
    return { ...admin, ...(await ledger.another()), objects, actor, requestId, storeFaults: async () => [] }
  }

  const isGone = async (id: string) => (await at().ledger.store.runs.get([id]))[0] === null

  it('is refused, or the run survives, whichever way it is deleted', { timeout: 480_000 }, async () => {
    const ids = await withLogs(RACES, 'single')
    const other = await otherInstance()
    const outcomes = { held: 0, refused: 0 }
    const race = async (id: string, n: number) => {
      const mode = n % 3 === 0 ? 'soft' : 'hard'
      const late = async () => {
        // Somewhere on its way out: of ten holds one comes before all of it, and some behind.
        if (n % 10 > 0) await delay(n % 10)
        return await holdRun(other, { id, reason })
      }
      const [held, deleted] = await Promise.allSettled([late(), deleteRun(at().admin, { id, reason, mode })])
      expect(deleted.status).toBe(held.status === 'fulfilled' ? 'rejected' : 'fulfilled')
      outcomes[await expectEither(id, held)]++
    }
    for (let n = 0; n < RACES; n += AT_ONCE)
      await Promise.all(ids.slice(n, n + AT_ONCE).map((id, more) => race(id, n + more)))
    expect(outcomes.held + outcomes.refused).toBe(RACES)
    expect(Math.min(outcomes.held, outcomes.refused)).toBeGreaterThan(0)
    expect(await brokenAudit(at().ledger)).toBeNull()
  })

  it('is refused, or the run survives a sweep that deletes for good', { timeout: 480_000 }, async () => {
    const ids = await withLogs(RACES, 'swept')
    const other = await otherInstance()
    await putPolicies(at().admin, { rules: [{ kind: 'swept', deletionStrategy: 'hard' }] })
    const sweeping = sweepDelete(at().admin, {}, { batch: 20 })
    while (!(await isGone(ids[0] ?? ''))) await delay(1)
    // From the end: somewhere the two meet.
    const asked = ids.toReversed().map(async (id, n) => {
      await delay(n)
      return await holdRun(other, { id, reason })
    })
    const [held] = await Promise.all([Promise.allSettled(asked), sweeping])
    const outcomes = { held: 0, refused: 0 }
    for (const [n, id] of ids.toReversed().entries()) {
      const one = held[n]
      if (one !== undefined) outcomes[await expectEither(id, one)]++
    }
    expect(outcomes.held + outcomes.refused).toBe(RACES)
    expect(Math.min(outcomes.held, outcomes.refused)).toBeGreaterThan(0)
    expect(await brokenAudit(at().ledger)).toBeNull()
  })
})
