import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CountedRuns } from '../../ports/run-store.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { fromCursor, toCursor } from '../../run/cursor.ts'
import { LedgerError } from '../../run/errors.ts'
import { ProjectFilter, RunKind } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { LISTED_STORAGE_STATES, type Run, StorageState } from '../../run/run.ts'
import { isStorable, Line, UNSTORABLE } from '../../run/text.ts'
import { RunState } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor, putAwayBy } from '../project.ts'
import { requireScope } from '../require-scope.ts'

const listOf = <T extends z.ZodType>(one: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(one).min(1).max(10))

/** Which runs. As a query string or as an object: numbers may be text, lists may be joined by commas. */
export const ListRuns = z.strictObject({
  projectId: ProjectFilter.optional(),
  state: listOf(RunState).optional().meta({ description: 'One or more, joined by commas' }),
  kind: RunKind.optional(),
  storageState: listOf(StorageState).optional().meta({
    description:
      'Default: active, archiving, restoring. Of the others, what the key’s owner created; admins see all',
  }),
  label: z
    .string()
    .max(320)
    .regex(/^[^=]+=/, 'must be key=value')
    .refine(isStorable, UNSTORABLE)
    .optional()
    .meta({ description: 'key=value', example: 'team=data' }),
  since: Instant.optional().meta({ description: 'Created at or after' }),
  before: Instant.optional().meta({ description: 'Created before' }),
  q: Line.max(200).optional().meta({ description: 'Prefix of id, kind or name' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().min(1).max(200).optional().meta({ description: 'The nextCursor of the page before' }),
  sort: z.enum(['createdAt:desc', 'createdAt:asc']).default('createdAt:desc'),
})
export type ListRuns = z.input<typeof ListRuns>

export interface RunPage {
  data: Run[]
  /** Null on the last page. */
  nextCursor: string | null
}

export interface ListOptions {
  /** Without their inputs, which are null then. */
  isBrief?: boolean
}

/**
 * One page of runs by creation, newest first unless asked otherwise: 100 at most, fewer where they are large. Only
 * `nextCursor` tells whether more follow. Source 004.
 */
export async function listRuns(
  ctx: Context,
  input: ListRuns = {},
  { isBrief = false }: ListOptions = {},
): Promise<RunPage> {
  requireScope(ctx, 'runs:read')
  const { cursor, limit, sort, q, ...asked } = parseInput(ListRuns, input)
  const runs = await ctx.runs.list({
    ...filterOf(ctx, asked),
    q,
    isBrief,
    sort,
    after: cursor === undefined ? undefined : fromCursor(cursor),
    limit: limit + 1,
  })
  const data = fittingAnswer(runs.slice(0, limit))
  const last = data.at(-1)
  return { data, nextCursor: runs.length > data.length && last ? toCursor(last) : null }
}

type Asked = Omit<z.output<typeof ListRuns>, 'cursor' | 'limit' | 'sort' | 'q'>

/** Which of the runs that the actor may know of are asked for. Throws `invalid`, `forbidden`. */
export function filterOf({ actor }: Context, asked: Asked): CountedRuns {
  const { label, projectId, storageState = LISTED_STORAGE_STATES, ...filter } = asked
  const { since, before } = filter
  if (since !== undefined && before !== undefined && since >= before)
    throw new LedgerError('invalid', 'since must be earlier than before', {
      issues: [{ path: 'since', message: `must be earlier than before (${before})` }],
    })
  return {
    ...filter,
    storageState,
    putAwayBy: putAwayBy(actor),
    // A key without a project that asks for none sees all of them.
    projectId: projectId === undefined && actor.projectId === null ? undefined : projectFor(actor, projectId),
    label: label === undefined ? undefined : toLabel(label),
  }
}

function toLabel(label: string): { key: string; value: string } {
  const at = label.indexOf('=')
  return { key: label.slice(0, at), value: label.slice(at + 1) }
}
