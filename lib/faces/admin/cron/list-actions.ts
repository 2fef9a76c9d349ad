import { reloadCronJobs } from '../../../ledger/cron/reload-cron-jobs.ts'
import { seedCronJobs } from '../../../ledger/cron/seed-cron-jobs.ts'
import type { Page } from '../page.ts'
import { counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { sayNext } from '../session/cookies.ts'

/** What is done about all jobs at once. */
export const listActions: Page[] = [
  {
    method: 'post',
    path: paths.cronReload,
    scope: 'admin',
    async handler({ c, ctx }) {
      const jobs = await reloadCronJobs(ctx)
      sayNext(c, `The variables in schedules were read anew: ${counted(jobs.length, 'job')} will run.`)
      return c.redirect(paths.cron(), 303)
    },
  },
  {
    method: 'post',
    path: paths.cronSeed,
    scope: 'admin',
    async handler({ c, ctx }) {
      const { created, updated, skipped, retired } = await seedCronJobs(ctx)
      const parts = [
        `${created.length} made`,
        `${updated.length} brought up to date`,
        `${skipped.length} left as they are`,
        ...(retired.length === 0 ? [] : [`no longer of the program: ${retired.join(', ')}`]),
      ]
      sayNext(c, `The program’s own jobs: ${parts.join(', ')}.`)
      return c.redirect(paths.cron(), 303)
    },
  },
]
