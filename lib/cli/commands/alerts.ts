import type { Alert } from '../../run/alert.ts'
import { LIMITS } from '../../run/limits.ts'
import type { CommandDependencies } from '../outside.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { collectPages, printPages } from '../terminal/print-pages.ts'
import { relativeTime } from '../terminal/spoken-time.ts'
import { withVerbs } from '../with-verbs.ts'
import { dataOf, pagesOf } from './cron/pages.ts'

export interface AlertsOptions {
  state: 'open' | 'resolved' | 'all'
  limit?: number | undefined
  /** Every one there is. */
  all: boolean
  cursor?: string | undefined
}

/** `alerts`: what is wrong, newest first, and who was told of it. */
export async function alertsCommand(options: AlertsOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const { state, all, limit = LIMITS.defaultPageSize, cursor } = options
  return withVerbs(deps, async (verbs) => {
    const asked = { limit: all ? undefined : limit, cursor }
    const pages = dataOf(pagesOf((page) => verbs.listAlerts({ state, ...page }), asked))
    if (format !== 'text') await printPages(pages, { terminal, format })
    else terminal.print(await toText(await collectPages(pages, terminal), deps, state))
    return 0
  })
}

async function toText(
  alerts: Alert[],
  { terminal, now }: CommandDependencies,
  state: AlertsOptions['state'],
): Promise<string> {
  if (alerts.length === 0) return state === 'open' ? 'Nothing is wrong.' : 'There is no such alert.'
  const { table } = await import('../terminal/table.ts')
  return table(
    [
      { head: 'SINCE', cell: ({ openedAt }) => relativeTime(openedAt, now()), style: () => 'dim' },
      {
        head: 'STATE',
        cell: ({ resolvedAt }) => (resolvedAt === null ? 'open' : 'resolved'),
        style: ({ resolvedAt }) => (resolvedAt === null ? 'red' : 'green'),
      },
      { head: 'SEEN', cell: ({ timesSeen }) => String(timesSeen), align: 'right', rank: 3 },
      { head: 'WHAT', cell: ({ message }) => plainLine(message), min: 30, rank: 1 },
      { head: 'TOLD', cell: toldOf, min: 12, rank: 2 },
    ],
    alerts,
    { width: terminal.width(), paint: terminal.paint },
  )
}

/** Who has heard that it is there, and who could not be reached. */
function toldOf({ notices }: Alert): string {
  const told = notices.map(({ channel, opened }) => {
    const name = channel.replace(/^alert-/, '')
    return opened === null || opened.status === 'delivered' ? name : `${name} (${opened.error ?? 'not yet'})`
  })
  return told.length === 0 ? 'nobody' : plainLine(told.join(', '))
}
