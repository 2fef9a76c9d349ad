import { type CreateCronJob, createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { getCronJob, type ShownCronJob } from '../../../lib/ledger/cron/cron-jobs.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { CronJob } from '../../../lib/run/cron-job.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'

/** The ledger itself, beside the pages. */
export const ledgerOf = ({ ports }: TestApp): Context => ({ ...ports, actor: SYSTEM, requestId: 'test' })

export async function madeJob(app: TestApp, given: Partial<CreateCronJob> = {}): Promise<CronJob> {
  return await createCronJob(ledgerOf(app), {
    name: unique('job'),
    schedule: '0 2 * * *',
    action: { type: 'enqueue', kind: 'report' },
    ...given,
  })
}

export const jobOf = async (app: TestApp, job: string): Promise<ShownCronJob> =>
  await getCronJob(ledgerOf(app), { job })
