import canonicalize from 'canonicalize'
import type { CronJobPatch } from '../../ports/cron-store.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { CronJobFields } from './job-input.ts'

export type JobField = keyof typeof CronJobFields

/** The fields of which something else is wanted than there is. */
export function changedFields(job: CronJob, wanted: CronJobPatch): JobField[] {
  const fields = Object.keys(CronJobFields) as JobField[]
  return fields.filter((field) => wanted[field] !== undefined && !isSameJson(wanted[field], job[field]))
}

/** These fields of a patch alone. */
export function pickFields(patch: CronJobPatch, fields: JobField[]): CronJobPatch {
  return Object.fromEntries(fields.map((field) => [field, patch[field]]))
}

/** Whether two values are the same as JSON, in whatever order their keys are. */
export const isSameJson = (a: unknown, b: unknown) => canonicalize(a) === canonicalize(b)
