import type { CommandDependencies } from '../../outside.ts'
import { collectPages, printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'
import { cronJobPages, type ShownCronJob } from './pages.ts'

/** `cron list`: every job, by name, and before them whether all are paused. */
export async function listCronCommand(deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  return withVerbs(deps, async (verbs) => {
    const pages = cronJobPages(verbs)
    // Where only jobs belong on stdout, it stands beside them.
    if ((await verbs.getCronSettings()).paused) terminal.warn(PAUSED)
    if (format !== 'text') await printPages(pages, { terminal, format })
    else terminal.print(await toText(await collectPages(pages, terminal), deps))
    return 0
  })
}

async function toText(jobs: ShownCronJob[], { terminal, now }: CommandDependencies): Promise<string> {
  if (jobs.length === 0) return NOTHING
  const { cronTable } = await import('../../terminal/cron-table.ts')
  return cronTable(jobs, { now: now(), width: terminal.width(), paint: terminal.paint })
}

const PAUSED =
  'all cron jobs are paused: what is due is skipped until PUT /v1/cron-settings sets paused to false'

const NOTHING = `There is no cron job yet. Make one:

  runledger cron add nightly-report --schedule '0 2 * * *' --enqueue report.send`
