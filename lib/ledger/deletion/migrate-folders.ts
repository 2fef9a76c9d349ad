import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { OutputOfRun, StrayOutput } from '../../ports/reconcile-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { refuseUnreliable } from '../archives/refuse-unreliable.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import type { PassOptions } from './make-pass.ts'
import { renameFile } from './rename-file.ts'

export const MigrateFolders = z
  .strictObject({
    rename: z.boolean().default(false).meta({ description: 'Move files below the folders, too' }),
    dryRun: z.boolean().default(false).meta({ description: 'Look, and touch nothing' }),
  })
  .meta({ id: 'MigrateFolders' })
export type MigrateFolders = z.input<typeof MigrateFolders>

export const MigratedFolders = z
  .object({
    named: z
      .number()
      .int()
      .meta({ description: 'Runs that were given a folder, named for when they were made' }),
    renamed: z.number().int().meta({ description: 'Files that were moved below theirs' }),
    errors: z.array(z.object({ item: z.string().nullable(), message: z.string() })),
    more: z.boolean().meta({ description: 'Time ran out before the work did' }),
  })
  .meta({ id: 'MigratedFolders' })
export type MigratedFolders = z.infer<typeof MigratedFolders>

const PAGE = 1_000
const MOST_ERRORS = 100

/**
 * Gives ended runs without one the name of a folder, by their `createdAt`; with `rename` the files of runs that are kept elsewhere are
 * copied below it, compared, named there, and removed where they were. Called again it goes on with what is left. Throws `unavailable`
 * for files on a store that was seen to do such things wrongly. Source 002, migration path.
 */
export async function migrateFolders(
  ctx: Context,
  input: MigrateFolders = {},
  { budgetMs = LIMITS.sweepMs, signal }: PassOptions = {},
): Promise<MigratedFolders> {
  requireScope(ctx, 'admin')
  const { rename, dryRun } = parseInput(MigrateFolders, input)
  const until = ctx.now() + budgetMs
  const isOver = () => ctx.now() >= until || signal?.aborted === true
  const done: MigratedFolders = { named: 0, renamed: 0, errors: [], more: false }
  for (let after: string | null = ''; after !== null; ) {
    if (isOver()) return { ...done, more: true }
    const { found, next }: { found: unknown[]; next: string | null } = await ctx.reconciliation.nameFolders({
      after,
      limit: PAGE,
      dryRun,
    })
    done.named += found.length
    after = next
  }
  if (rename && !dryRun) await refuseUnreliable(ctx)
  if (rename) await renameFiles(ctx, { dryRun, isOver, done })
  return done
}

interface Renaming {
  dryRun: boolean
  isOver: () => boolean
  done: MigratedFolders
}

async function renameFiles(ctx: Context, { dryRun, isOver, done }: Renaming): Promise<void> {
  const first = { place: null as OutputOfRun | null }
  for (let at: { place: OutputOfRun | null } | null = first; at !== null; ) {
    const { found, next }: { found: StrayOutput[]; next: OutputOfRun | null } =
      await ctx.reconciliation.strayOutputs({ after: at.place, limit: PAGE })
    for (const output of found) {
      if (isOver()) {
        done.more = true
        return
      }
      const why = dryRun ? null : await renameFile(ctx, output)
      if (why === null) done.renamed += 1
      else if (done.errors.length < MOST_ERRORS) done.errors.push({ item: output.key, message: why })
    }
    at = next === null ? null : { place: next }
  }
}
