import { ulid } from 'ulid'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { completeRuns, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { enqueueRun, enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { silentLog } from '../../../lib/log/silent-log.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openObjects } from '../../../lib/runtime/open-objects.ts'
import { openPorts } from '../../../lib/runtime/open-ports.ts'
import { migratePostgres } from '../../../lib/store/postgres/migrate.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { ask, settle } from '../databases.ts'
import { fillFinished, fillQueued } from '../fill/fill-runs.ts'
import { itemOf, itemsOf, KIND } from '../workload.ts'
import { type Peer, workByCalls } from './peer.ts'

/** Our verbs with a context as the server makes it, in this process. */
export interface Ledger {
  ctx: Context
  url: string
  close(): Promise<void>
}

export const SECRET = 'a secret that only the bench knows of'

/** Our own tables in the database at `url`, and the verbs on them; its files are in that folder, where there is one. */
export async function openLedger(url: string, folder: string | null = null): Promise<Ledger> {
  await migratePostgres(url)
  const store = await openPostgres({ url, poolSize: 10 })
  const config = readConfig({ RATE_LIMIT_ENQUEUE: '0', RATE_LIMIT_CANCEL: '0' }, {})
  const objects = openObjects(config, { secret: SECRET, folder, publicUrl: null })
  const ports = openPorts(store, config, { secret: SECRET, objects, log: silentLog })
  const actor = { name: 'bench', scopes: ['admin' as const], projectId: null, limitKey: null }
  return { ctx: { ...ports, actor, requestId: ulid() }, url, close: () => store.close() }
}

export async function openRunledger(url: string): Promise<Peer> {
  const { ctx, close } = await openLedger(url)
  return {
    name: 'runledger',
    close,
    enqueue: async (n) => void (await enqueueRun(ctx, itemOf(n))),
    enqueueBatch: async (count) => accepted(await enqueueRuns(ctx, itemsOf(count))),
    work: (job) => workByCalls(job, (size) => claimAndComplete(ctx, size)),
    async refill(waiting) {
      await ask(url, `DELETE FROM runs WHERE state = 'queued'`)
      await fillQueued(url, { count: waiting, kinds: [KIND] })
      await ask(url, 'ANALYZE runs, run_events')
    },
    async fillFinished(count) {
      await fillFinished(url, count)
      await settle(url)
      return true
    },
    empty: async () =>
      void (await ask(url, 'TRUNCATE runs, run_events, run_stats_pending, run_stats_hourly')),
    async counts() {
      const [row] = await ask(
        url,
        `SELECT count(*) FILTER (WHERE state = 'queued')::int AS waiting,
           count(*) FILTER (WHERE state = 'succeeded')::int AS finished FROM runs`,
      )
      return row as { waiting: number; finished: number }
    },
  }
}

async function claimAndComplete(ctx: Context, limit: number): Promise<number> {
  const claimed = await claimRuns(ctx, { workerId: 'bench', kinds: [KIND], limit, leaseSeconds: 60 })
  const [only] = claimed
  if (only === undefined) return 0
  const outputRef = 's3://invoices/2026-11'
  if (limit === 1) await succeedRun(ctx, { leaseToken: only.leaseToken, outputRef })
  else
    accepted(
      await completeRuns(
        ctx,
        claimed.map(({ leaseToken }) => ({ outcome: 'succeeded', leaseToken, outputRef })),
      ),
    )
  return claimed.length
}

function accepted(answers: unknown[]): void {
  const refused = answers.find((answer) => answer instanceof Error)
  if (refused) throw refused
}
