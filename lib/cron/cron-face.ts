import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { type AppOptions, face } from '../http/face.ts'
import { logWith } from '../http/log-with.ts'
import { requestIdOf, wordsOf } from '../http/request-facts.ts'
import { syncCronJobs } from '../ledger/cron/sync-cron-jobs.ts'
import { tick } from '../ledger/tick.ts'
import { CRON } from '../ports/actor.ts'
import type { Context, Ports } from '../ports/context.ts'
import { LedgerError } from '../run/errors.ts'

const ENTRIES = ['tick', 'stale', 'archive', 'cleanup'].map((name) => `/api/cron/${name}`)

/** A function has five minutes. */
const BUDGET_MS = 240_000

/**
 * What the platform's cron calls: `GET /api/cron/{tick,stale,archive,cleanup}` with `Authorization: Bearer $CRON_SECRET`, without
 * which it is closed. Each does all that is outstanding: the platform may call late, twice or never. The work is done before the
 * answer, which says what was done, whether more remains (`more`), and which cron jobs are behind (`cron.overdue`).
 */
export function cronFace({ openPorts, cronSecret }: AppOptions): Hono {
  return new Hono().on('GET', ENTRIES, async (c) => {
    guard(c.req.header('authorization'), cronSecret)
    const ports = await openPorts()
    const ctx = {
      ...ports,
      log: logWith(ports.log, wordsOf(c)),
      actor: CRON,
      requestId: requestIdOf(c),
    }
    await syncOnce(ctx, ports)
    return c.json({ success: true, data: await tick(ctx, { budgetMs: BUDGET_MS }) })
  })
}

/** The cron face alone, for a function of its own: a long tick is not in the way of requests. */
export function createCronApp(options: AppOptions): Hono {
  return face(options).route('/', cronFace(options))
}

const synced = new WeakSet<Ports>()

/** An instance is as old as the program it runs: its own jobs are as that has them after its first call. */
async function syncOnce(ctx: Context, ports: Ports): Promise<void> {
  if (synced.has(ports)) return
  try {
    await syncCronJobs(ctx)
    synced.add(ports)
  } catch (error) {
    ctx.log.error('the program’s own cron jobs could not be made; the next call tries again', { error })
  }
}

function guard(header: string | undefined, cronSecret: string | undefined): void {
  if (cronSecret === undefined)
    throw new LedgerError(
      'unavailable',
      'set CRON_SECRET to let the platform’s cron in; it is closed without',
    )
  const same = timingSafeEqual(digest(header ?? ''), digest(`Bearer ${cronSecret}`))
  if (!same) throw new LedgerError('unauthorized', 'send Authorization: Bearer $CRON_SECRET')
}

const digest = (text: string) => createHash('sha256').update(text).digest()
