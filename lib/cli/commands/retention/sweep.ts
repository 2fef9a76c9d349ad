import type { Verbs } from '../../../client/verbs.ts'
import type { RegularSweep, Sweep } from '../../../run/sweep.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { sweepFigures } from '../../terminal/sweep-words.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface SweepOptions {
  kind: RegularSweep
  dryRun: boolean
  /** Sweep after sweep, until nothing remains. */
  follow: boolean
}

const FAILED = 1
const REFUSED = 4

/**
 * `retention sweep`: makes a sweep now, or one after the other. Ends with 0 where all was done, with 1 where something was not, and with 4
 * where one waits to be approved. As JSON it prints the last one.
 */
export async function sweepCommand(options: SweepOptions, deps: CommandDependencies): Promise<number> {
  return await withVerbs(deps, async (verbs) => {
    let sweep = await makeOne(verbs, options, deps)
    while (options.follow && sweep.more && sweep.status === 'completed' && hasDoneSome(sweep))
      sweep = await makeOne(verbs, options, deps)
    if (deps.format !== 'text') deps.terminal.print(toJson(sweep))
    if (sweep.status === 'needs_approval') return REFUSED
    return sweep.status === 'completed' ? 0 : FAILED
  })
}

/** One that did nothing would do nothing again. */
const hasDoneSome = ({ counts, dryRun }: Sweep) => !dryRun && Object.values(counts).some((count) => count > 0)

async function makeOne(
  verbs: Verbs,
  { kind, dryRun }: SweepOptions,
  { terminal, format }: CommandDependencies,
): Promise<Sweep> {
  const sweep = await verbs.startSweep({ kind, dryRun })
  if (format === 'text') tell(sweep, terminal)
  return sweep
}

function tell(sweep: Sweep, { print, hint, warn }: CommandDependencies['terminal']): void {
  const { id, kind, status, dryRun, plan, errors, more } = sweep
  const did = sweepFigures(sweep)
  if (status === 'needs_approval') {
    print(
      `The ${kind} sweep ${id} would delete ${String(plan.runs)} runs, and waits: ${plainLine(String(plan.because))}.`,
    )
    hint(`Let it through: runledger retention approve ${id}`)
    return
  }
  const how = dryRun ? 'looked, and touched nothing' : status
  print(
    `The ${kind} sweep ${id} ${how}: ${did === '' ? 'nothing to do' : did}${more ? '; more remains' : ''}.`,
  )
  for (const { item, message } of errors) warn(plainLine(item === null ? message : `${item}: ${message}`))
}
