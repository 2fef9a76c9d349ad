import type { Verbs } from '../../../client/verbs.ts'
import type { RunEvent } from '../../../run/event.ts'
import type { CommandDependencies } from '../../outside.ts'
import { eventWords } from '../../terminal/event-words.ts'
import { collectPages, printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'

const PAGE = 500

/** `runs events`: what happened to a run, oldest first. */
export async function eventsCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  return withVerbs(deps, async (verbs) => {
    if (format !== 'text') await printPages(pages(verbs, id), { terminal, format })
    else terminal.print(await toText(await collectPages(pages(verbs, id), terminal), deps))
    return 0
  })
}

async function* pages(verbs: Verbs, id: string): AsyncGenerator<RunEvent[]> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Verbs['listRunEvents']>> = await verbs.listRunEvents({
      id,
      after,
      limit: PAGE,
    })
    yield page.data
    after = page.nextAfter
  }
}

async function toText(events: RunEvent[], { terminal }: CommandDependencies): Promise<string> {
  if (events.length === 0) return 'Nothing is known of what happened to this run.'
  const { table } = await import('../../terminal/table.ts')
  return table(
    [
      { head: 'TIME (UTC)', cell: ({ at }) => `${at.slice(0, 10)} ${at.slice(11, 23)}`, style: () => 'dim' },
      { head: 'WHAT', cell: eventWords, min: 20 },
      { head: 'BY', cell: ({ actor }) => actor, style: () => 'dim', min: 6, rank: 1 },
    ],
    events,
    { width: terminal.width(), paint: terminal.paint },
  )
}
