import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { ScriptPatch } from '../../ports/script-store.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { LedgerError } from '../../run/errors.ts'
import { ProjectFilter, RunKind } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { type Script, StaleAfterSeconds } from '../../run/script.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { refuseSecrets } from '../runs/refuse-secrets.ts'
import { RunInput, RunName } from '../runs/run-input.ts'

const ofScript = {
  name: RunKind,
  projectId: ProjectFilter.optional().meta({
    description: 'Default: the key’s own project, else none. `-`: none',
  }),
}

export const GetScript = z.strictObject(ofScript)
export type GetScript = z.input<typeof GetScript>

/** One script by its name. Throws `not_found`: nothing of that kind has run, nor has it been set up. */
export async function getScript(ctx: Context, input: GetScript): Promise<Script> {
  requireScope(ctx, 'runs:read')
  const { name, projectId } = parseInput(GetScript, input)
  const script = await ctx.scripts.get(projectFor(ctx.actor, projectId), name)
  if (script === null) throw new LedgerError('not_found', `there is no script ${name}`)
  return script
}

/** What people may set of a script. */
export const ScriptSettings = z
  .strictObject({
    label: RunName.nullable().optional(),
    options: RunInput.refine(isObject, 'must be an object').optional(),
    staleAfterSeconds: StaleAfterSeconds.nullable()
      .optional()
      .meta({ description: 'Running for longer it is stale. Null: `STALE_AFTER_DAYS`' }),
  })
  .meta({ id: 'ScriptSettings', description: 'What is left out stays' })
export const PutScript = ScriptSettings.extend(ofScript)
export type PutScript = z.input<typeof PutScript>

function isObject(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

/** Sets what is given of a script and leaves the rest; one that has never run is registered. Throws `invalid`, also for secrets. */
export async function putScript(ctx: Context, input: PutScript): Promise<Script> {
  requireScope(ctx, 'admin')
  const { name, projectId, ...patch } = parseInput(PutScript, input)
  await refuseSecrets(ctx.secrets, patch)
  return ctx.scripts.put(projectFor(ctx.actor, projectId), name, patch as ScriptPatch)
}

/** The number of the last script of a page. */
export const ScriptCursor = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .meta({ description: 'The nextCursor of the page before' })

export const ListScripts = z.strictObject({
  projectId: ProjectFilter.optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: ScriptCursor.optional(),
})
export type ListScripts = z.input<typeof ListScripts>

/** Registered scripts by project and name. */
export async function listScripts(
  ctx: Context,
  input: ListScripts = {},
): Promise<{ data: Script[]; nextCursor: number | null }> {
  requireScope(ctx, 'runs:read')
  const { projectId, limit, cursor } = parseInput(ListScripts, input)
  const scripts = await ctx.scripts.list({
    projectId: shownProject(ctx, projectId),
    after: cursor,
    limit: limit + 1,
  })
  const data = fittingAnswer(scripts.slice(0, limit))
  return { data, nextCursor: scripts.length > data.length ? (data.at(-1)?.id ?? null) : null }
}

/** The project to list: a key without one that asks for none sees all of them, which is undefined. */
export function shownProject(ctx: Context, asked: string | null | undefined): string | null | undefined {
  return asked === undefined && ctx.actor.projectId === null ? undefined : projectFor(ctx.actor, asked)
}
