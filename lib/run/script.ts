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
export const jobOf = (jobs: CronJob[], script: ScriptName): CronJob | null => jobFinder(jobs)(script)

/** The same for many scripts: the jobs are gone through once. */
export function jobFinder(jobs: CronJob[]): (script: ScriptName) => CronJob | null {
  const first = new Map<string, CronJob>()
  for (const job of jobs) {
    const key = keyOf(scriptOf(job))
    const other = first.get(key)
    if (other === undefined || nextRun(job) < nextRun(other)) first.set(key, job)
  }
  return (script) => first.get(keyOf(script)) ?? null
}

type ScriptName = Pick<Script, 'projectId' | 'name'>

function scriptOf({ name, action, projectId }: CronJob): ScriptName {
  switch (action.type) {
    case 'builtin':
      return { name: action.name, projectId: null }
    case 'enqueue':
      return { name: action.kind, projectId }
    case 'http':
      return { name, projectId }
  }
}

const keyOf = ({ projectId, name }: ScriptName) => JSON.stringify([projectId, name])
const nextRun = ({ nextRunAt }: CronJob) => nextRunAt ?? '9999'
