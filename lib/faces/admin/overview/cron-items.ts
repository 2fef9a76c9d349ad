import type { UpcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import { counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Item } from './attention-item.ts'

/** That nothing is fired by its schedule: by whom and when it was paused, where that is known. */
export interface PausedCron {
  by: string | null
  at: string | null
}

const MOST_BROKEN = 3

/** What asks for somebody while it is. */
export function pausedItem({ by, at }: PausedCron): Item {
  const words = `Cron is paused${by === null ? '' : ` by ${by}`}: no job is fired by its schedule`
  return {
    id: 'cron-paused',
    words,
    href: paths.cronSettings,
    place: 'Settings of cron',
    isBad: false,
    since: at,
  }
}

/** What of its jobs is late, was lost, or does not run. */
export function cronItems({ overdue, missed, problems }: UpcomingCron): Item[] {
  const about = { href: paths.cron(), place: 'Cron', since: null }
  const late = overdue && {
    ...about,
    id: 'cron-overdue',
    words: `${counted(overdue.jobs, 'cron job')} overdue: nothing has fired ${overdue.jobs === 1 ? 'it' : 'them'}`,
    isBad: true,
    since: overdue.since,
  }
  const lost = missed > 0 && {
    ...about,
    id: 'cron-missed',
    words: `${counted(missed, 'occurrence')} of cron jobs missed in the last 24 hours`,
    isBad: false,
  }
  const broken = problems.slice(0, MOST_BROKEN).map(({ id, name, problem }) => ({
    id: `cron-problem-${id}`,
    words: `cron job ${name} does not run: ${problem}`,
    href: paths.cronJob(id),
    place: 'The job',
    isBad: true,
    since: null,
  }))
  return [...(late ? [late] : []), ...(lost ? [lost] : []), ...broken]
}
