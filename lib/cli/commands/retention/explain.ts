import type { Verbs } from '../../../client/verbs.ts'
import type { Verdict } from '../../../run/retention-verdict.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { relativeTime, spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

type Explained = Awaited<ReturnType<Verbs['explainRetention']>>

/** `retention explain`: what will happen to one run, when, and why. */
export async function explainCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const explained = await withVerbs(deps, (verbs) => verbs.explainRetention({ id }))
  terminal.print(format === 'text' ? inWords(explained, deps) : toJson(explained))
  return 0
}

function inWords(
  { archive, delete: deletion, purgeAt, holds }: Explained,
  { now, terminal }: CommandDependencies,
) {
  const when = (at: string | null) =>
    at === null ? 'not' : `${relativeTime(at, now())} (${spokenInstant(at)})`
  const line = (name: string, { due, at, because }: Verdict) => {
    const time = due ? `due since ${spokenInstant(at ?? '')}` : when(at)
    return `  ${terminal.paint('dim', name.padEnd(10))}${time}: ${plainLine(because)}`
  }
  const purge = purgeAt === null ? [] : [`  ${terminal.paint('dim', 'purged'.padEnd(10))}${when(purgeAt)}`]
  const history = holds.map(({ heldBy, heldAt, reason, releasedAt }) => {
    const ended = releasedAt === null ? '' : `, ended ${spokenInstant(releasedAt)}`
    return `  ${terminal.paint('dim', 'held'.padEnd(10))}${spokenInstant(heldAt)} by ${plainLine(heldBy)}: ${plainLine(reason)}${ended}`
  })
  return [line('archived', archive), line('deleted', deletion), ...purge, ...history].join('\n')
}
