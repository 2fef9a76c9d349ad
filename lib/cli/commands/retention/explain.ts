import type { Verbs } from '../../../client/verbs.ts'
import type { Verdict } from '../../../run/retention-verdict.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { relativeTime, spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { wrapText } from '../../terminal/wrap-text.ts'
import { withVerbs } from '../../with-verbs.ts'

type Explained = Awaited<ReturnType<Verbs['explainRetention']>>

/** `retention explain`: what will happen to one run, when, and why. */
export async function explainCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const explained = await withVerbs(deps, (verbs) => verbs.explainRetention({ id }))
  terminal.print(format === 'text' ? inWords(explained, deps) : toJson(explained))
  return 0
}

const MARGIN = 12

function inWords(
  { archive, delete: deletion, purgeAt, holds }: Explained,
  { now, terminal }: CommandDependencies,
) {
  const name = (text: string) => `  ${terminal.paint('dim', text.padEnd(MARGIN - 2))}`
  const width = terminal.width()
  const wrapped = (text: string) =>
    wrapText(text, { width: width === undefined ? undefined : width - MARGIN, indent: MARGIN })
  const line = (what: string, { due, at, because }: Verdict) => {
    const time = at === null ? '' : `${due ? `due since ${spokenInstant(at)}` : when(at, now())}: `
    return name(what) + wrapped(`${time}${plainLine(because)}`)
  }
  const purge = purgeAt === null ? [] : [`${name('purged')}${when(purgeAt, now())}`]
  const history = holds.map(({ heldBy, heldAt, reason, releasedAt }) => {
    const ended = releasedAt === null ? '' : `, ended ${spokenInstant(releasedAt)}`
    return (
      name('held') + wrapped(`${spokenInstant(heldAt)} by ${plainLine(heldBy)}: ${plainLine(reason)}${ended}`)
    )
  })
  return [line('archived', archive), line('deleted', deletion), ...purge, ...history].join('\n')
}

/** How far away it is, too, where that is not far. */
function when(at: string, now: Date): string {
  const near = relativeTime(at, now)
  return at.startsWith(near) ? spokenInstant(at) : `${near} (${spokenInstant(at)})`
}
