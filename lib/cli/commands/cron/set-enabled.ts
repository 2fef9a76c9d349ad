import type { CronJob } from '../../../run/cron-job.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { relativeTime, spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `cron enable` and `cron disable`. */
export async function setCronEnabledCommand(
  { job, isEnabled }: { job: string; isEnabled: boolean },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format, now } = deps
  const set = await withVerbs(deps, (verbs) =>
    isEnabled ? verbs.enableCronJob({ job }) : verbs.disableCronJob({ job }),
  )
  terminal.print(format === 'text' ? standing(set, now()) : toJson(set))
  if (format === 'text' && !isEnabled) terminal.hint('What is under way goes on.')
  return 0
}

/** When a job will run, or why it will not. */
export function standing({ name, isEnabled, problem, nextRunAt }: CronJob, now: Date): string {
  const job = `Cron job ${plainLine(name)}`
  if (!isEnabled) return `${job} is disabled.`
  if (problem !== null || nextRunAt === null)
    return `${job} is enabled, and does not run: ${plainLine(problem ?? 'it is never due')}`
  return `${job} is due ${relativeTime(nextRunAt, now)} (${spokenInstant(nextRunAt)}).`
}
