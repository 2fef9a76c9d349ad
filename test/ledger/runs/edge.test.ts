import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { completeRuns, failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { enqueueRun } from '../../../lib/ledger/runs/enqueue-run.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { listRunEvents } from '../../../lib/ledger/runs/list-run-events.ts'
import { runStats } from '../../../lib/ledger/runs/run-stats.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { createKey } from '../../../lib/ledger/keys/keys.ts'
import { toCursor } from '../../../lib/run/cursor.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'

describe.each(ENGINES)('edges on $name', (engine) => {
  const at = useLedger(engine)
  it('tries', async () => {
    const c = at().as()
    const T = ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '1969-12-31T00:00:00Z']
    const S = ['a\u0000b', 'a\ud800b', '\udc00']
    const tries: [string, () => unknown][] = []
    for (const t of T) {
      tries.push([`runAt ${t}`, () => enqueueRun(c, { kind: 'k', runAt: t })])
      tries.push([`startedAt ${t}`, () => startRun(c, { id: ulid(), kind: 'k', workerId: 'w', startedAt: t })])
      tries.push([`since ${t}`, () => listRuns(c, { since: t })])
      tries.push([`before ${t}`, () => listRuns(c, { before: t })])
      tries.push([`cursor ${t}`, () => listRuns(c, { cursor: toCursor({ createdAt: t, id: ulid() }) })])
      tries.push([`stats ${t}`, () => runStats(c, { since: t })])
      tries.push([`finishedAt ${t}`, async () => {
        const { leaseToken } = await startRun(c, { id: ulid(), kind: 'k', workerId: 'w' })
        await succeedRun(c, { leaseToken, finishedAt: t })
      }])
      if (engine.name !== 'SQLite') tries.push([`expiresAt ${t}`, () => createKey(c, { name: 'a', scopes: ['admin'], expiresAt: t })])
    }
    for (const s of S) {
      const j = JSON.stringify(s)
      tries.push([`label value ${j}`, () => enqueueRun(c, { kind: 'k', labels: { a: s } })])
      tries.push([`label key ${j}`, () => enqueueRun(c, { kind: 'k', labels: { [s]: 'a' } })])
      tries.push([`name ${j}`, () => enqueueRun(c, { kind: 'k', name: s })])
      tries.push([`workerId start ${j}`, () => startRun(c, { id: ulid(), kind: 'k', workerId: s })])
      tries.push([`workerId claim ${j}`, () => claimRuns(c, { workerId: s })])
      tries.push([`claimId ${j}`, () => claimRuns(c, { workerId: 'w', claimId: s })])
      tries.push([`list label ${j}`, () => listRuns(c, { label: `${s}=a` })])
      tries.push([`list label v ${j}`, () => listRuns(c, { label: `a=${s}` })])
      tries.push([`list q ${j}`, () => listRuns(c, { q: s })])
      tries.push([`reason ${j}`, async () => cancelRun(c, { id: (await enqueueRun(c, { kind: 'k' })).run.id, reason: s })])
      tries.push([`message ${j}`, async () => heartbeatRun(c, { leaseToken: (await startRun(c, { id: ulid(), kind: 'k', workerId: 'w' })).leaseToken, message: s, progress: 3 })])
      tries.push([`outputRef ${j}`, async () => succeedRun(c, { leaseToken: (await startRun(c, { id: ulid(), kind: 'k', workerId: 'w' })).leaseToken, outputRef: s })])
      tries.push([`error ${j}`, async () => failRun(c, { leaseToken: (await startRun(c, { id: ulid(), kind: 'k', workerId: 'w' })).leaseToken, error: s })])
      if (engine.name !== 'SQLite') tries.push([`key name ${j}`, () => createKey(c, { name: s, scopes: ['admin'] })])
    }
    tries.push(['key __proto__', () => enqueueRun(c, { kind: 'k', labels: JSON.parse('{"__proto__":"x"}') })])
    tries.push(['input __proto__', () => enqueueRun(c, { kind: 'k', input: JSON.parse('{"__proto__":{"a":1}}') , idempotencyKey: 'pp' })])
    tries.push(['input 1e308', () => enqueueRun(c, { kind: 'k', input: 1e308 })])
    tries.push(['input -0', () => enqueueRun(c, { kind: 'k', input: -0, idempotencyKey: 'x' })])
    tries.push(['events after max', async () => listRunEvents(c, { id: (await enqueueRun(c, { kind: 'k' })).run.id, after: Number.MAX_SAFE_INTEGER })])
    tries.push(['cpu', async () => succeedRun(c, { leaseToken: (await startRun(c, { id: ulid(), kind: 'k', workerId: 'w' })).leaseToken, metrics: { cpuSeconds: 1e-320, memoryPeakBytes: Number.MAX_SAFE_INTEGER }, logBytes: Number.MAX_SAFE_INTEGER, exitCode: -2147483648 })])
    for (const [what, work] of tries) {
      try { await work() } catch (e) { if ((e as Error).name !== 'LedgerError') console.log(engine.name, what, (e as Error).name, (e as Error).message) }
    }
  })
})
