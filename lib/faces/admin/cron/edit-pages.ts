import { html } from 'hono/html'
import { createCronJob } from '../../../ledger/cron/create-cron-job.ts'
import { type CronJobDetails, getCronJob } from '../../../ledger/cron/cron-jobs.ts'
import { getCronSettings } from '../../../ledger/cron/cron-settings.ts'
import { updateCronJob } from '../../../ledger/cron/update-cron-job.ts'
import { type ValidatedSchedule, validateSchedule } from '../../../ledger/cron/validate-schedule.ts'
import { requireScope } from '../../../ledger/require-scope.ts'
import { isLedgerError, type LedgerError } from '../../../run/errors.ts'
import type { Html, Page, PageCall, View } from '../page.ts'
import { paths } from '../paths.ts'
import { sayNext } from '../session/cookies.ts'
import { changedMeanwhile } from './changed-meanwhile.ts'
import { editForm } from './edit-form.ts'
import { problemsOf } from './entries.ts'
import { fieldOf, toJob, toOwnChange } from './job-input.ts'
import { blankJob, fromForm, ofJob, type TypedJob } from './typed-job.ts'

/** Making a job, and changing one; both show first what a schedule means. */
export const editPages: Page[] = [
  {
    method: 'get',
    path: paths.newCronJob,
    scope: 'admin',
    handler: async ({ ctx, reader }) => {
      requireScope(ctx, 'admin')
      return view({ reader }, null, { typed: blankJob(reader.zone) })
    },
  },
  { method: 'post', path: paths.newCronJob, scope: 'admin', handler: (call) => take(call, null) },
  {
    method: 'get',
    path: paths.cronAction('{id}', 'edit'),
    scope: 'admin',
    async handler(call) {
      const job = await getCronJob(call.ctx, { job: call.params.id ?? '' })
      return view(call, job, {
        typed: ofJob(job),
        preview: await preview(call, ofJob(job)).catch(() => null),
      })
    },
  },
  {
    method: 'post',
    path: paths.cronAction('{id}', 'edit'),
    scope: 'admin',
    handler: async (call) => await take(call, await getCronJob(call.ctx, { job: call.params.id ?? '' })),
  },
]

/** Looks at what was typed, or keeps it; null: a new job. */
async function take(call: PageCall, job: CronJobDetails | null): Promise<View | Response> {
  const typed = fromForm(call.form)
  const looked = await preview(call, typed).catch(caught)
  const shown = isLedgerError(looked) ? { problems: problemsIn(looked, typed) } : { preview: looked }
  if (call.form.get('do') === 'preview')
    return { ...view(call, job, { typed, ...shown }), status: isLedgerError(looked) ? 422 : 200 }
  try {
    return await keep(call, job, typed)
  } catch (error) {
    if (!isLedgerError(error) || !REFUSALS.has(error.code)) throw error
    if (error.code === 'conflict' && job !== null && job.updatedAt !== typed.updatedAt)
      return {
        ...view(call, job, {
          typed: { ...typed, updatedAt: job.updatedAt },
          ...shown,
          notice: changedMeanwhile(call.reader, job, typed.updatedAt),
        }),
        status: 409,
      }
    const problems = { ...shown.problems, ...problemsIn(error, typed) }
    return {
      ...view(call, job, { typed, ...shown, problems }),
      status: error.code === 'conflict' ? 409 : 422,
    }
  }
}

const REFUSALS = new Set(['invalid', 'conflict', 'forbidden'])

async function keep(
  { c, ctx, form }: PageCall,
  job: CronJobDetails | null,
  { updatedAt }: TypedJob,
): Promise<Response> {
  const settings = await getCronSettings(ctx)
  const kept =
    job === null
      ? await createCronJob(ctx, toJob(form, settings))
      : await updateCronJob(ctx, {
          ...(job.definition === null ? toJob(form, settings) : toOwnChange(form, settings)),
          ...(updatedAt === '' ? {} : { updatedAt }),
          job: job.id,
        })
  sayNext(c, job === null ? `${kept.name} is made.` : `${kept.name} is saved.`)
  return c.redirect(paths.cronJob(kept.id), 303)
}

const preview = (
  { ctx }: Pick<PageCall, 'ctx'>,
  { schedule, timeZone }: TypedJob,
): Promise<ValidatedSchedule> => validateSchedule(ctx, { schedule, timeZone: timeZone || 'UTC' })

/** A refusal as a value. */
function caught(error: unknown): LedgerError {
  if (isLedgerError(error) && error.code === 'invalid') return error
  throw error
}

/** What has no field of its own is told above all of them; a URL that is not to be called has one. */
function problemsIn(error: LedgerError, { type }: TypedJob): Record<string, string> {
  if (error.issues.length > 0) return problemsOf(error, (path) => fieldOf(path, type))
  return { [error.code === 'conflict' ? 'name' : 'url']: error.message }
}

interface Shown {
  typed: TypedJob
  problems?: Record<string, string> | undefined
  preview?: ValidatedSchedule | null | undefined
  notice?: Html
}

function view({ reader }: Pick<PageCall, 'reader'>, job: CronJobDetails | null, shown: Shown): View {
  const { typed, problems = {}, preview: looked = null, notice = html`` } = shown
  const to = job === null ? paths.newCronJob : paths.cronAction(job.id, 'edit')
  const back = job === null ? paths.cron() : paths.cronJob(job.id)
  const isOwn = job !== null && job.definition !== null
  const wrong = Object.keys(problems).length
  return {
    title: job === null ? 'New cron job' : `Edit ${job.name}`,
    section: 'cron',
    body: html`<nav class="crumbs" aria-label="Above this page"><a href="${paths.cron()}">Cron</a>${job === null ? '' : html` <a href="${back}">${job.name}</a>`}</nav>
      <h1>${job === null ? 'New cron job' : html`Edit ${job.name}`}</h1>
      ${isOwn ? html`<p class="dim">It belongs to the program, which keeps its name and what it does. What you set here stays yours, whatever the program says later.</p>` : ''}
      ${wrong === 0 ? '' : html`<p class="problem" role="alert">Nothing was saved: ${wrong === 1 ? 'one field is' : `${wrong} fields are`} wrong, as told beside ${wrong === 1 ? 'it' : 'each'}.</p>`}
      ${notice}
      ${editForm(reader, { to, back, typed, problems, preview: looked, isOwn })}`,
  }
}
