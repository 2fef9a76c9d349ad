import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { type AppOptions, face } from '../http/face.ts'
import { logWith } from '../http/log-with.ts'
import { requestIdOf, wordsOf } from '../http/request-facts.ts'
import { tick } from '../ledger/tick.ts'
import type { Actor } from '../ports/actor.ts'
import { LedgerError } from '../run/errors.ts'

const CRON: Actor = { name: 'cron', scopes: ['admin'], projectId: null, limitKey: null }

/**
 * What the platform's cron calls: `GET /api/cron/tick` with `Authorization: Bearer $CRON_SECRET`. Without the secret it is
 * closed. The work is done before the answer, which says what was done and whether more remains.
 */
export function cronFace({ openPorts, cronSecret }: AppOptions): Hono {
  return new Hono().get('/api/cron/tick', async (c) => {
    guard(c.req.header('authorization'), cronSecret)
    const ports = await openPorts()
    const log = logWith(ports.log, wordsOf(c))
    const done = await tick({ ...ports, log, actor: CRON, requestId: requestIdOf(c) })
    return c.json({ success: true, data: done })
  })
}

/** The cron face alone, for a function of its own: a long tick is not in the way of requests. */
export function createCronApp(options: AppOptions): Hono {
  return face(options).route('/', cronFace(options))
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
