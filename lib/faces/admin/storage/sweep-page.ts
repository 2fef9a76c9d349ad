import { html } from 'hono/html'
import type { ReviewedSweep } from '../../../ledger/deletion/review-sweep.ts'
import { reviewSweep } from '../../../ledger/deletion/review-sweep.ts'
import { approveSweep } from '../../../ledger/retention/approve-sweep.ts'
import { isLedgerError } from '../../../run/errors.ts'
import { waitsAt } from '../../../run/sweep.ts'
import type { Form, Page, PageCall, View } from '../page.ts'
import { short } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { storageFrame } from './storage-frame.ts'
import { type Approving, approvalPanel, approvedPanel, problemOf } from './sweep-approval.ts'
import { sweepDetails } from './sweep-details.ts'

const REFRESH_SECONDS = 2

export const sweepPages: Page[] = [
  {
    method: 'get',
    path: paths.sweep('{id}'),
    scope: 'admin',
    isLive: true,
    handler: async ({ ctx, params, reader }) => view(reader, await reviewSweep(ctx, { id: params.id ?? '' })),
  },
  {
    method: 'post',
    path: paths.sweepAction('{id}', 'approve'),
    scope: 'admin',
    handler: approve,
  },
]

async function approve({ c, ctx, params, form, reader }: PageCall): Promise<View | Response> {
  const id = params.id ?? ''
  const asked = { reason: form.get('reason'), ...bounds(form) }
  try {
    const { kind, approval } = await approveSweep(ctx, { id, ...asked })
    sayNext(
      c,
      `You let the ${kind} sweep through${approval === null ? '' : `, until ${short(reader, approval.expiresAt)}`}. The next one goes on with it`,
    )
    return c.redirect(paths.sweep(id), 303)
  } catch (error) {
    if (!isLedgerError(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
    const typed = {
      problem: error.message,
      values: Object.fromEntries(NAMES.map((name) => [name, form.get(name)])),
    }
    const status = error.code === 'invalid' ? 422 : 409
    return { ...view(reader, await reviewSweep(ctx, { id }), typed), status }
  }
}

const NAMES = ['reason', 'mostRuns', 'mostBytes'] as const

/** What is no number is refused by the verb. */
function bounds(form: Form) {
  const [runs, size] = [form.get('mostRuns'), form.get('mostBytes')]
  return {
    ...(runs === undefined ? {} : { mostRuns: Number(runs) }),
    ...(size === undefined ? {} : { mostBytes: Number(size) }),
  }
}

function view(reader: Reader, reviewed: ReviewedSweep, typed?: Approving): View {
  const { sweep } = reviewed
  const waits = waitsAt(sweep, new Date(reader.now).toISOString())
  return {
    title: `Sweep ${sweep.id}`,
    section: 'storage',
    ...(sweep.status === 'running' ? { refresh: REFRESH_SECONDS } : {}),
    body: storageFrame(
      `${sweep.kind[0]?.toUpperCase()}${sweep.kind.slice(1)} sweep`,
      'sweeps',
      html`${waits ? approvalPanel(reader, reviewed, typed) : problemOf(typed)}
        ${sweep.approval === null ? '' : approvedPanel(reader, sweep.kind, sweep.approval)} ${sweepDetails(reader, sweep)}`,
    ),
  }
}
