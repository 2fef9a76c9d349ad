import { describe, expect, it } from 'vitest'
import { openAlert } from '../../lib/ledger/alerts/open-alert.ts'
import { watchNowAndThen } from '../../lib/ledger/alerts/watch-now-and-then.ts'
import { tick } from '../../lib/ledger/tick.ts'
import type { Context } from '../../lib/ports/context.ts'
import type { TestLedger } from '../support/open-ledger.ts'
import { writing } from './logs/steps.ts'
import { stored } from './steps.ts'
import { useNotices } from './webhooks/steps.ts'

const at = useNotices()
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Somebody is told of alerts. */
function told(): Context {
  const { ctx, receiver } = at()
  return {
    ...ctx,
    alertChannels: { webhook: { url: `${receiver.url}alerts`, secret: SECRET }, slack: null, email: null },
  }
}

/** A run that has ended, with a log to be made one object of. */
async function withLog(ledger: TestLedger): Promise<string> {
  const { writer, id } = await writing(ledger)
  await writer.write('one\n')
  await writer.succeed(4)
  return id
}
const isCompacted = async (id: string) => (await stored(at().ledger, id)).logFile !== null

const alert = { key: 'cron.failing:j1', type: 'cron.failing', message: 'it fails', data: { cronJobId: 'j1' } }

describe('a tick of which a step throws', () => {
  it('makes all others, tells of alerts, logs what was thrown and throws it', async () => {
    const id = await withLog(at().ledger)
    const ctx = told()
    await openAlert(ctx, alert, ['alert-webhook'])
    const broken = { ...ctx, cron: { ...ctx.cron, look: () => Promise.reject(new Error('no cron today')) } }
    await expect(tick(broken)).rejects.toThrow('no cron today')
    expect(at().receiver.received.map(({ path }) => path)).toContain('/alerts')
    expect(await isCompacted(id)).toBe(true)
    expect(at().ledger.logged).toContainEqual(
      expect.objectContaining({ level: 'error', step: 'cron', error: expect.anything() }),
    )
  })

  it('in its watch looks at all else that may be wrong', async () => {
    const { ctx, ledger } = at()
    await openAlert(ctx, alert, [])
    await ledger.forgetChores()
    const list = () => Promise.reject(new Error('no sweeps today'))
    const broken = { ...ctx, cron: { ...ctx.cron, listJobs: list } }
    await expect(watchNowAndThen(broken)).rejects.toThrow('no sweeps today')
    const open = await ledger.store.raw('SELECT key FROM alerts WHERE "resolvedAt" IS NULL')
    expect(open).toEqual([])
  })
})

describe('a tick while somebody who is told of an alert does not answer', () => {
  it('sees to everything else meanwhile', async () => {
    const id = await withLog(at().ledger)
    const { receiver } = at()
    const ctx = told()
    await openAlert(ctx, alert, ['alert-webhook'])
    receiver.answer(async (response) => {
      await expect.poll(() => isCompacted(id), { timeout: 30_000 }).toBe(true)
      response.writeHead(200).end('ok')
    })
    expect(await tick(ctx, { cron: false })).toMatchObject({ deliveries: { delivered: 1, failed: 0 } })
  })
})
