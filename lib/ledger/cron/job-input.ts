import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { type CronAction, MissedPolicy, OverlapPolicy } from '../../run/cron-job.ts'
import { CronSettings } from '../../run/cron-settings.ts'
import { LedgerError } from '../../run/errors.ts'
import { ProjectId, RunId } from '../../run/ids.ts'
import { parseSchedule, resolveSchedule } from '../../run/schedule.ts'
import { isStorable, Line, UNSTORABLE } from '../../run/text.ts'
import { EnqueueRun } from '../runs/enqueue-run.ts'
import { refuseSecrets } from '../runs/refuse-secrets.ts'
import { RunInput } from '../runs/run-input.ts'
import { BUILTINS } from './builtins.ts'

/** What a job is called; no id, or nobody could tell which is meant. */
export const CronJobName = z
  .string()
  .max(100)
  .regex(
    /^[\p{L}\p{N}]([\p{L}\p{N} ._@()-]*[\p{L}\p{N}.)])?$/u,
    'must begin with a letter or digit, and hold only those, spaces and . _ @ ( ) -',
  )
  .refine((name) => !RunId.safeParse(name).success, 'must not look like an id')
  .meta({ description: 'Unique among all jobs', example: 'daily-report' })

/** A job by its id or by its name. */
export const CronJobRef = z.strictObject({
  job: z.union([RunId, CronJobName], 'is no id, and no name that a job may have'),
})
export type CronJobRef = z.input<typeof CronJobRef>

const OWN_HEADERS = /^(host|connection|transfer-encoding|content-.*|webhook-.*)$/i

const HttpHeaders = z
  .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'is no name for a header'), Line.max(1_000))
  .refine((headers) => Object.keys(headers).length <= 20, 'at most 20 headers')
  .refine(
    (headers) => !Object.keys(headers).some((name) => OWN_HEADERS.test(name)),
    'must leave Host, Connection, Content-*, Transfer-Encoding and Webhook-* to the ledger',
  )

const CronActionInput = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('builtin'), name: z.enum(Object.keys(BUILTINS)) }),
  EnqueueRun.omit({ projectId: true, runAt: true }).extend({ type: z.literal('enqueue') }),
  z.strictObject({
    type: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }).max(2_000),
    headers: HttpHeaders.default({}),
    body: RunInput.optional().meta({ description: 'Default: the facts of the execution' }),
  }),
])

/** What has a path of its own where old clients ask for a job by its name. */
const TAKEN_NAMES = new Set(['enabled', 'stats', 'seed', 'reload', 'validate-expression'])

/** What a person may say of a job; what is not said is filled in where a job is made. */
export const CronJobFields = {
  name: CronJobName.refine(
    (name) => !TAKEN_NAMES.has(name),
    `must be none of ${[...TAKEN_NAMES].join(', ')}: under /cron-config these are something else`,
  ),
  description: z.string().max(2_000).refine(isStorable, UNSTORABLE).nullable(),
  schedule: z.string().min(1).max(200).meta({
    description: `Five or six fields; \${VARIABLE} and \${VARIABLE:-default} are replaced`,
    example: '0 2 * * *',
  }),
  timeZone: z.string().min(1).max(100).meta({ description: 'An IANA zone', example: 'Europe/Berlin' }),
  action: CronActionInput,
  projectId: ProjectId.nullable().meta({ description: 'The project that its runs belong to' }),
  isEnabled: z.boolean(),
  timeoutMs: CronSettings.shape.defaultTimeoutMs.meta({
    description: 'When a builtin or a call is ended; a run that is enqueued has its `timeoutSeconds`',
  }),
  maxRetries: CronSettings.shape.defaultMaxRetries,
  missedPolicy: MissedPolicy,
  overlapPolicy: OverlapPolicy,
}

/** The action as it is kept. Throws `invalid` for a secret in it, and for a URL that would never be called. */
export async function toAction(ctx: Context, given: z.output<typeof CronActionInput>): Promise<CronAction> {
  await refuseSecrets(ctx.secrets, { action: given })
  if (given.type === 'http') {
    await ctx.outbound.check(given.url)
    return { ...given, body: given.body ?? null }
  }
  if (given.type === 'builtin') return given
  const { input = null, timeoutSeconds = null, name = null, ...run } = given
  return { ...run, input, timeoutSeconds, name }
}

/**
 * Throws `invalid` for what is wrong with a schedule as it is written, whatever its variables hold: one that no schedule may show, a
 * stray `$`, a default that is no schedule.
 */
export function refuseVariables(schedule: string): void {
  const names = [...schedule.matchAll(/\$\{([^}:]*)/g)].map(([, name = '']) => name)
  if (names.some((name) => !/^[A-Za-z0-9_]*_(SCHEDULE|INTERVAL)$/.test(name))) throw refused(OTHER_NAMES)
  const read = resolveSchedule(schedule, {})
  // What it is by its defaults; the zone is looked at elsewhere.
  if ('schedule' in read) parseSchedule(read.schedule, 'UTC')
  else if (!read.isUnset) throw refused(read.problem)
}

const OTHER_NAMES = `takes only variables whose names end in _SCHEDULE or _INTERVAL, such as \${BACKUP_SCHEDULE:-0 3 * * *}`

const refused = (message: string) =>
  new LedgerError('invalid', `schedule: ${message}`, { issues: [{ path: 'schedule', message }] })
