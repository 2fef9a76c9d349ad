import { html } from 'hono/html'
import { sweepStanding } from '../../../ledger/retention/sweep-standing.ts'
import { listSweeps, startSweep } from '../../../ledger/retention/sweeps.ts'
import { triggerSweep } from '../../../ledger/retention/trigger-sweep.ts'
import { LedgerError } from '../../../run/errors.ts'
import { RegularSweep, SweepKind, SweepStatus } from '../../../run/sweep.ts'
import type { Form, Page } from '../page.ts'
import { paths } from '../paths.ts'
import { sayNext } from '../session/cookies.ts'
import { storageFrame } from './storage-frame.ts'
import { sweepHistory } from './sweep-history.ts'
import { heldSweeps, standingSweeps } from './sweep-table.ts'

/** How long somebody waits for a look at what a sweep would do. */
const DRY_RUN_MS = 8_000
const REFRESH_SECONDS = 3
const PAGE = 25

export const sweepsPages: Page[] = [
  {
    method: 'get',
    path: paths.sweeps(),
    scope: 'admin',
    isLive: true,
    async handler({ ctx, query, reader }) {
      const filter = {
        kind: SweepKind.safeParse(query.kind).data,
        status: SweepStatus.safeParse(query.status).data,
      }
      const [standing, page] = await Promise.all([
        sweepStanding(ctx),
        listSweeps(ctx, { ...filter, cursor: query.cursor, limit: PAGE }),
      ])
      return {
        title: 'Sweeps',
        section: 'storage',
        refresh: REFRESH_SECONDS,
        body: storageFrame(
          'Sweeps',
          'sweeps',
          html`${heldSweeps(reader, standing)} ${standingSweeps(reader, standing)}
            ${sweepHistory(reader, { filter, page, isFirst: query.cursor === undefined })}`,
        ),
      }
    },
  },
  {
    method: 'post',
    path: paths.sweeps(),
    scope: 'admin',
    async handler({ c, ctx, form }) {
      const kind = kindOf(form)
      if (form.get('how') === 'dry') {
        const sweep = await startSweep(ctx, { kind, dryRun: true }, { budgetMs: DRY_RUN_MS })
        sayNext(c, `This is what the ${kind} sweep would do now; nothing was touched`)
        return c.redirect(paths.sweep(sweep.id), 303)
      }
      const { job } = await triggerSweep(ctx, { kind })
      sayNext(c, `${job.name} was triggered: the ${kind} sweep begins with the next dispatch`)
      return c.redirect(paths.sweeps(), 303)
    },
  },
]

function kindOf(form: Form): RegularSweep {
  const { data } = RegularSweep.safeParse(form.get('kind'))
  if (data === undefined) throw new LedgerError('invalid', 'there is no such kind of sweep')
  return data
}
