import type { Context } from '../../ports/context.ts'
import { type Allowance, allowanceOf } from '../../run/breaker.ts'
import type { Sweep, SweepKind } from '../../run/sweep.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'

/** So many passes back it is looked. */
const PASSES = 50

/**
 * What a pass of this kind may delete by itself. Its facts cost four small questions. Deleting the runs of a script goes by no policy, so
 * whether that has changed is nothing to it.
 */
export async function readAllowance(ctx: Context, kind: SweepKind, policyHash: string): Promise<Allowance> {
  const [at, passes, runs, [newest]] = await Promise.all([
    ctx.retentionStore.now(),
    ctx.approvals.passes(kind, PASSES),
    ctx.approvals.population(),
    ctx.retentionStore.policies(1),
  ])
  if (kind === 'script') {
    const unruled = passes.map((pass) => ({ ...pass, policyHash: null }))
    return allowanceOf({ at, policyHash, policySetAt: null, passes: unruled, runs })
  }
  return allowanceOf({ at, policyHash, policySetAt: newest?.setAt ?? null, passes, runs })
}

/** Of each kind there is one; of passes over the runs of a script, one for each script. */
function alertKey({ kind, policy }: Pick<Sweep, 'kind' | 'policy'>): string {
  const whose = kind === 'script' ? `:${String(policy.scriptId)}` : ''
  return `sweep.needs_approval:${kind}${whose}`
}

/** Says that a pass is held until somebody lets it through: once, however often it is tried. */
export async function tellHeld(ctx: Context, sweep: Sweep): Promise<void> {
  const { id, kind, plan } = sweep
  const { runs, because } = plan
  const message = `the ${kind} sweep would delete ${runs} runs, and has deleted none: ${because}. Look at sweep ${id}, then approve it`
  await openAlert(ctx, {
    key: alertKey(sweep),
    type: 'sweep.needs_approval',
    message,
    data: { sweepId: id, kind, runs, because },
  })
}

/** Nothing waits to be let through any more. */
export async function tellLetThrough(
  ctx: Context,
  sweep: Pick<Sweep, 'kind' | 'policy'>,
  message: string,
): Promise<void> {
  await resolveAlert(ctx, { key: alertKey(sweep), message })
}
