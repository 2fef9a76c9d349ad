import type { Alert } from '../../run/alert.ts'
import { LIMITS } from '../../run/limits.ts'
import type { CommandDependencies } from '../outside.ts'
import { dataOf, pagesOf } from '../pages.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { collectPages, printPages } from '../terminal/print-pages.ts'
import { relativeTime } from '../terminal/spoken-time.ts'
import type { Paint } from '../terminal/terminal.ts'
import { wrapText } from '../terminal/wrap-text.ts'
import { withVerbs } from '../with-verbs.ts'

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
  const width = terminal.width()
  if (width !== undefined)
    return alerts.map((alert) => inWords(alert, { now: now(), width, paint: terminal.paint })).join('\n\n')
  const { table } = await import('../terminal/table.ts')
  return table(
    [
      { head: 'SINCE', cell: ({ openedAt }) => relativeTime(openedAt, now()) },
      { head: 'STATE', cell: ({ resolvedAt }) => (resolvedAt === null ? 'open' : 'resolved') },
      { head: 'SEEN', cell: ({ timesSeen }) => String(timesSeen), align: 'right' },
      { head: 'WHAT', cell: ({ message }) => message },
      { head: 'TOLD', cell: toldOf },
    ],
    alerts,
    { width, paint: terminal.paint },
  )
}

/** On a screen nothing is cut: what is wrong stands there whole. */
function inWords(alert: Alert, { now, width, paint }: { now: Date; width: number; paint: Paint }): string {
  const { message, openedAt, resolvedAt, timesSeen } = alert
  const seen = timesSeen === 1 ? 'seen once' : `seen ${timesSeen} times`
  const over = resolvedAt === null ? '' : `, over ${relativeTime(resolvedAt, now)}`
  const about = `since ${relativeTime(openedAt, now)}${over}, ${seen}, told: ${toldOf(alert)}`
  const mark = resolvedAt === null ? paint('red', '●') : paint('green', '✓')
  const lines = [message, about].map((text) =>
    wrapText(plainLine(text), { width: width - MARGIN, indent: MARGIN }),
  )
  return `${mark} ${lines[0]}\n${' '.repeat(MARGIN)}${paint('dim', lines[1] ?? '')}`
}

const MARGIN = 2

/** Who has heard that it is there, and who could not be reached. */
function toldOf({ notices }: Alert): string {
  const told = notices.map(({ channel, opened }) => {
    const name = channel.replace(/^alert-/, '')
    return opened === null || opened.status === 'delivered' ? name : `${name} (${opened.error ?? 'not yet'})`
  })
  return told.length === 0 ? 'nobody' : plainLine(told.join(', '))
}
