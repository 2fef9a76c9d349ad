import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import { BUILTINS } from '../../ledger/cron/builtins.ts'
import { createCronJob } from '../../ledger/cron/create-cron-job.ts'
import { getCronJob, listCronJobs, type ShownCronJob } from '../../ledger/cron/cron-jobs.ts'
import { deleteCronJob } from '../../ledger/cron/delete-cron-job.ts'
import { setCronJobEnabled, updateCronJob } from '../../ledger/cron/update-cron-job.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import type { Context } from '../../ports/context.ts'
import { answer } from './answer.ts'
import { Config, ConfigFields, ListConfigs, NewConfig, SetEnabled, Stats, timed } from './shapes.ts'
import { systemRoutes } from './system-routes.ts'
import { fromConfig, fromNewConfig, toConfig, withoutShown } from './translate.ts'

const TAG = 'Cron configuration'
const params = z.object({ name: z.string() })
const isBuiltin = (name: string) => Object.hasOwn(BUILTINS, name)
const nameIn = ({ params }: Call) => params.name as string

/** Source 001's `/cron-config`, over cron jobs. What has a path of its own stands before the names of jobs. */
export const cronConfigRoutes: Route[] = [
  ...systemRoutes,
  {
    method: 'get',
    path: '/cron-config',
    operationId: 'listCronConfigs',
    summary: 'All configurations',
    tag: TAG,
    scope: 'admin',
    query: ListConfigs,
    responses: { 200: { description: 'By name', schema: timed(z.array(Config)) } },
    async handler({ c, ctx, query }) {
      const { enabled } = parseInput(ListConfigs, query)
      return answer({ c, ctx }, (await allJobs(ctx, enabled)).map(toConfig))
    },
  },
  {
    method: 'get',
    path: '/cron-config/enabled',
    operationId: 'listEnabledCronConfigs',
    summary: 'Those that are enabled',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'By name', schema: timed(z.array(Config)) } },
    handler: async ({ c, ctx }) => answer({ c, ctx }, (await allJobs(ctx, true)).map(toConfig)),
  },
  {
    method: 'get',
    path: '/cron-config/stats',
    operationId: 'countCronConfigs',
    summary: 'How many there are, and how they do',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'Counts', schema: timed(Stats) } },
    handler: async ({ c, ctx }) => answer({ c, ctx }, toStats((await allJobs(ctx)).map(toConfig))),
  },
  {
    method: 'get',
    path: '/cron-config/{name}',
    operationId: 'getCronConfig',
    summary: 'One configuration',
    tag: TAG,
    scope: 'admin',
    params,
    responses: { 200: { description: 'The configuration', schema: timed(Config) } },
    handler: async (call) => answer(call, await configOf(call.ctx, nameIn(call))),
  },
  {
    method: 'post',
    path: '/cron-config',
    operationId: 'createCronConfig',
    summary: 'Make a configuration',
    tag: TAG,
    scope: 'admin',
    body: NewConfig,
    responses: { 200: { description: 'The configuration', schema: timed(Config) } },
    async handler({ c, ctx, body = {} }) {
      const { name, schedule, ...fields } = parseInput(NewConfig, body)
      const job = await createCronJob(ctx, fromNewConfig(name, schedule, fields, isBuiltin))
      return answer({ c, ctx }, await configOf(ctx, job.id))
    },
  },
  {
    method: 'put',
    path: '/cron-config/{name}',
    operationId: 'updateCronConfig',
    summary: 'Change a configuration',
    description: 'What is left out stays.',
    tag: TAG,
    scope: 'admin',
    params,
    body: ConfigFields,
    responses: { 200: { description: 'The configuration', schema: timed(Config) } },
    async handler(call) {
      const fields = parseInput(ConfigFields, call.body ?? {})
      const shown = await configOf(call.ctx, nameIn(call))
      const change = fromConfig(withoutShown(fields, shown), isBuiltin)
      const job = await updateCronJob(call.ctx, { ...change, job: nameIn(call) })
      return answer(call, await configOf(call.ctx, job.id))
    },
  },
  {
    method: 'put',
    path: '/cron-config/{name}/enabled',
    operationId: 'enableCronConfig',
    summary: 'Let it run, or stop it',
    tag: TAG,
    scope: 'admin',
    params,
    body: SetEnabled,
    responses: { 200: { description: 'The configuration', schema: timed(Config) } },
    async handler(call) {
      const { enabled } = parseInput(SetEnabled, call.body ?? {})
      const job = await setCronJobEnabled(call.ctx, { job: nameIn(call), isEnabled: enabled })
      return answer(call, await configOf(call.ctx, job.id))
    },
  },
  {
    method: 'delete',
    path: '/cron-config/{name}',
    operationId: 'deleteCronConfig',
    summary: 'Remove a configuration',
    tag: TAG,
    scope: 'admin',
    params,
    responses: { 200: { description: 'It is gone', schema: timed(z.literal(true)) } },
    async handler(call) {
      await deleteCronJob(call.ctx, { job: nameIn(call) })
      return answer(call, true)
    },
  },
]

const configOf = async (ctx: Context, job: string) => toConfig(await getCronJob(ctx, { job }))

const PAGE = 100

async function allJobs(ctx: Context, isEnabled?: boolean): Promise<ShownCronJob[]> {
  const all: ShownCronJob[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const asked = {
      limit: PAGE,
      ...(isEnabled === undefined ? {} : { isEnabled }),
      ...(cursor ? { cursor } : {}),
    }
    const page = await listCronJobs(ctx, asked)
    all.push(...page.data)
    cursor = page.nextCursor
  }
  return all
}

function toStats(configs: Config[]): z.infer<typeof Stats> {
  const sum = (of: (config: Config) => number) => configs.reduce((total, config) => total + of(config), 0)
  const enabled = configs.filter((config) => config.enabled).length
  const [totalRuns, totalErrors] = [sum(({ runCount }) => runCount), sum(({ errorCount }) => errorCount)]
  const runTime = sum(({ averageRunTime, runCount }) => averageRunTime * runCount)
  return {
    total: configs.length,
    enabled,
    disabled: configs.length - enabled,
    totalRuns,
    totalErrors,
    averageRunTime: totalRuns === 0 ? 0 : Math.round(runTime / totalRuns),
    errorRate: `${totalRuns === 0 ? 0 : ((100 * totalErrors) / totalRuns).toFixed(2)}%`,
  }
}
