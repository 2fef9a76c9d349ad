import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { LogState } from '../../ports/log-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { refuseStranger } from '../archives/may-use-archive.ts'
import { parseInput } from '../parse-input.ts'
import { seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { notFound } from '../runs/get-run.ts'
import { readPositions } from './read-positions.ts'
import { tailStart } from './tail-start.ts'

const Position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Which part of a log. */
export const ReadLog = z.strictObject({
  id: RunId,
  from: Position.optional().meta({ description: 'The first byte. Default: 0' }),
  to: Position.optional().meta({ description: 'Up to but not this byte. Default: what there is' }),
  tail: Position.optional().meta({
    description: 'The last so many bytes, from the beginning of a line on',
    example: 32_768,
  }),
})
export type ReadLog = z.input<typeof ReadLog>

/** A part of a log, as stored. */
export interface LogPart {
  /** Where in the whole log it begins. */
  from: number
  to: number
  /** Bytes of the whole log at this moment. */
  total: number
  /** To be read once; nothing is fetched faster than it is read. */
  body: AsyncIterable<Uint8Array>
}

/**
 * What a run has printed, of all its attempts, one after the other: whole, from a position on, or the end of it. The same
 * bytes while the run is going on and after. Throws `not_found`, and `invalid` for a part beyond the end. Source 000.
 */
export async function readLog(ctx: Context, input: ReadLog): Promise<LogPart> {
  requireScope(ctx, 'runs:read')
  const { id, tail, ...asked } = parseInput(ReadLog, input)
  refuseBoth(tail, asked.from)
  const { bytes: total } = await logState(ctx, id)
  const to = Math.min(asked.to ?? total, total)
  const from = tail === undefined ? (asked.from ?? 0) : await tailStart(ctx, id, { tail, to })
  if (from > to) throw beyond(from, total)
  return { from, to, total, body: readPositions(ctx, id, from, to) }
}

/** How far the log of this run is, for whoever may read it. Throws `not_found`; `forbidden` where it is archived and not theirs. */
export async function logState(ctx: Context, id: string): Promise<LogState> {
  const state = await ctx.logs.state(id)
  if (state === null || !seesProject(ctx.actor, state.projectId)) throw notFound(id)
  switch (state.storageState) {
    case 'archived':
    case 'restoring':
      refuseStranger(ctx, { id, createdBy: state.createdBy })
      return state
    case 'deleting':
    case 'deleted':
      throw new LedgerError('not_found', `the log of run ${id} was deleted`)
    case 'active':
    case 'archiving':
      return state
  }
}

/** A part has a beginning, or is the end. Throws `invalid`. */
export function refuseBoth(tail: number | undefined, from: number | undefined): void {
  if (tail === undefined || from === undefined) return
  const message = 'goes without from'
  throw new LedgerError('invalid', `tail: ${message}`, { issues: [{ path: 'tail', message }] })
}

function beyond(from: number, total: number): LedgerError {
  const message = `is beyond the end of the log, which has ${total} bytes`
  return new LedgerError('invalid', `from: ${from} ${message}`, { issues: [{ path: 'from', message }] })
}
