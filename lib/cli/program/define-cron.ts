import type { Command } from 'commander'
import type { Define } from './define.ts'
import { defineCronAdd } from './define-cron-add.ts'
import { defineCronHistory } from './define-cron-history.ts'
import {
  argument,
  type CommonOptions,
  dependenciesOf,
  examples,
  IN_DATABASE,
  withCommonOptions,
} from './options.ts'

/** `runledger cron …` */
export const defineCron: Define = (cron, outside, end) => {
  cron.addHelpText(
    'after',
    examples(
      '$ runledger cron list',
      "$ runledger cron add nightly-report --schedule '0 2 * * *' --enqueue report.send",
      '$ runledger cron trigger nightly-report --wait',
    ),
  )
  const depsOf = (options: CommonOptions) => dependenciesOf(outside, options, IN_DATABASE)

  withCommonOptions(cron.command('list').description('every job: when it is due, and how it went'), {
    list: true,
  })
    .addHelpText('after', examples('$ runledger cron list', '$ runledger cron list --ndjson | jq -r .name'))
    .action(async (options) => {
      const { listCronCommand } = await import('../commands/cron/list.ts')
      end(await listCronCommand(depsOf(options)))
    })
  addOne(cron, 'show', 'all there is to know about a job, and what a person has changed').action(
    async (job, options) => {
      const { showCronCommand } = await import('../commands/cron/show.ts')
      end(await showCronCommand(job, depsOf(options)))
    },
  )
  defineNext(cron.command('next'), outside, end)
  addOne(cron, 'trigger', 'run a job now, a disabled one too; prints the id of the execution', '--wait')
    .option('--wait', 'until it has ended, with its retries; ends with 0 when it has completed, else with 1')
    .action(async (job, { wait = false, ...options }) => {
      const { triggerCronCommand } = await import('../commands/cron/trigger.ts')
      end(await triggerCronCommand({ job, wait }, depsOf(options)))
    })
  for (const [name, description, isEnabled] of SWITCHES)
    addOne(cron, name, description).action(async (job, options) => {
      const { setCronEnabledCommand } = await import('../commands/cron/set-enabled.ts')
      end(await setCronEnabledCommand({ job, isEnabled }, depsOf(options)))
    })
  defineCronAdd(cron.command('add'), outside, end)
  addOne(cron, 'rm', 'delete a job with its history; runs that it enqueued stay', '--yes')
    .option('-y, --yes', 'do not ask')
    .action(async (job, { yes = false, ...options }) => {
      const { rmCronCommand } = await import('../commands/cron/rm.ts')
      end(await rmCronCommand({ job, yes }, depsOf(options)))
    })
  defineCronHistory(cron.command('history'), outside, end)
}

const SWITCHES = [
  ['enable', 'let a job run by its schedule', true],
  ['disable', 'stop a job from running; what is under way goes on', false],
] as const

function addOne(cron: Command, name: string, description: string, example = ''): Command {
  const command = cron.command(name).description(description).argument('<job>', 'its name or its id')
  const line = `$ runledger cron ${name} nightly-report ${example}`.trimEnd()
  return withCommonOptions(command).addHelpText('after', examples(line))
}

const MOST_TIMES = 100
const times = argument((text: string) => {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_TIMES) return count
  throw new Error(`write a whole number from 1 to ${MOST_TIMES}`)
})

const defineNext: Define = (next, outside, end) => {
  const command = next
    .description('when a job, a schedule or, without either, any job is due')
    .argument('[job]', 'its name or its id')
    .option('--count <n>', 'how many times', times, 5)
    .option('--schedule <expression>', 'of a schedule that no job needs to have; this needs no server')
    .option('--time-zone <zone>', 'whose clock it goes by, such as Europe/Berlin (default: UTC)')
  withCommonOptions(command, { list: true })
    .addHelpText(
      'after',
      examples(
        '$ runledger cron next',
        '$ runledger cron next nightly-report --count 10',
        "$ runledger cron next --schedule '30 2 * * 1-5' --time-zone Europe/Berlin",
      ),
    )
    .action(async (job, { schedule, timeZone, count, ...options }) => {
      const { nextCronCommand } = await import('../commands/cron/next.ts')
      end(
        await nextCronCommand(
          { job, schedule, timeZone, count },
          dependenciesOf(outside, options, IN_DATABASE),
        ),
      )
    })
}
