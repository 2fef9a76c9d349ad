import { z } from 'zod'
import { LedgerError } from '../run/errors.ts'

/** The input as its schema has it, with defaults filled in. Throws `invalid` naming every fault. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error)
}

/** The items of a batch, each still to be parsed by itself. Made once, since to make a schema takes longer than to use it. */
export const batchOf = (most: number) => z.array(z.unknown()).min(1).max(most)

/** What zod found wrong as an `invalid` error: the first fault in the sentence, all of them in `issues`. */
export function invalid(error: z.ZodError): LedgerError {
  const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  const first = issues[0]
  const where = first?.path ? `${first.path}: ` : ''
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new LedgerError('invalid', `${where}${first?.message ?? 'the input is not valid'}${more}`, {
    issues,
  })
}
