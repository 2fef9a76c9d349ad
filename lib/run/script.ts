import { z } from 'zod'
import type { CronJob } from './cron-job.ts'
import { RunKind } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { RunState } from './transitions.ts'

/** For how long a script may run before it is called stale. */
export const StaleAfterSeconds = z
  .number()
  .int()
  .min(LIMITS.staleAfterSeconds.min)
  .max(LIMITS.staleAfterSeconds.max)

/** A registered kind: a number for the faces that speak in numbers, and what people have set for it. */
export const Script = z
  .object({
    id: z.number().int().min(1),
    projectId: z.string().nullable(),
    name: RunKind.meta({ description: 'The kind of its runs' }),
    label: z.string().nullable().meta({ description: 'What people call it' }),
    options: z.record(z.string(), z.unknown()),
    staleAfterSeconds: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Running for longer it is stale. Null: `STALE_AFTER_DAYS`' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Script', description: 'A registered kind of runs' })
export type Script = z.infer<typeof Script>

/** A script with how its last run stands. */
export interface ScriptOverview extends Script {
  /** The newest of its runs, whatever became of its files; null where there is none. */
  last: {
    id: string
    state: RunState
    createdAt: string
    startedAt: string | null
    finishedAt: string | null
  } | null
  /** Runs that ended in the window, and those that run now. */
  count: number
}

/** An overview with the cron job that runs the script; null where people or others start it. */
export interface ScheduledScript extends ScriptOverview {
  scheduled: CronJob | null
}

/**
 * The job among these that runs a script: by what it does, or, where that is somebody else's to know, by its name. Of several,
 * the one that runs next.
 */
export function jobOf(jobs: CronJob[], script: Pick<Script, 'projectId' | 'name'>): CronJob | null {
  const [first = null] = jobs.filter((job) => isJobOf(job, script)).toSorted(byNextRun)
  return first
}

function isJobOf({ name, action, projectId }: CronJob, script: Pick<Script, 'projectId' | 'name'>): boolean {
  switch (action.type) {
    case 'builtin':
      return action.name === script.name && script.projectId === null
    case 'enqueue':
      return action.kind === script.name && projectId === script.projectId
    case 'http':
      return name === script.name && projectId === script.projectId
  }
}

const NEVER = '9999'
const byNextRun = (a: CronJob, b: CronJob) => ((a.nextRunAt ?? NEVER) < (b.nextRunAt ?? NEVER) ? -1 : 1)
