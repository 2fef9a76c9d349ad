import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { unsafeNameFault } from '../../run/archive-name.ts'
import { parseInput } from '../parse-input.ts'

const SHOWN = 100

/**
 * The input as its schema has it. A name that would lead out of the run's folder is refused as any other that is not valid, and logged
 * as well: nobody sends one by mistake. Throws `invalid`.
 */
export function parseNamed<S extends z.ZodType<{ path: string }>>(
  ctx: Context,
  schema: S,
  input: z.input<S>,
): z.output<S> {
  try {
    return parseInput(schema, input)
  } catch (error) {
    const { path }: { path?: unknown } = Object(input)
    const fault = typeof path === 'string' && path !== '' ? unsafeNameFault(path) : null
    if (typeof path === 'string' && fault !== null)
      ctx.log.warn('a name that is not safe was sent for an output, and refused', {
        path: path.slice(0, SHOWN),
        fault,
      })
    throw error
  }
}
