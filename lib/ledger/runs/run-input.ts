import { z } from 'zod'
import { LIMITS } from '../../run/limits.ts'

const UNSTORABLE = 'must not hold NUL characters or halves of surrogate pairs, which no database keeps'

/** The JSON a run is given: any value, up to 256 KB, without what a database cannot keep. Source 004's `RunInput`. */
export const RunInput = z
  .unknown()
  .superRefine((value, check) => {
    const text = toJson(value)
    if (text === undefined) return check.addIssue({ code: 'custom', message: 'must be JSON' })
    const bytes = new TextEncoder().encode(text).length
    if (bytes > LIMITS.inputBytes)
      check.addIssue({
        code: 'custom',
        message: `must be at most ${LIMITS.inputBytes} bytes of JSON; this is ${bytes}`,
      })
    // JSON.stringify writes both as escapes, so a plain search finds them in keys and values alike.
    if (/\\u0000|\\ud[89a-f]/i.test(text.replaceAll('\\\\', '')))
      check.addIssue({ code: 'custom', message: UNSTORABLE })
  })
  .meta({ description: 'Any JSON, up to 256 KB; `{"$secret": "name"}` stands for a secret' })

/** Text that people read, on one line. */
export const RunName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, 'must not hold control characters')

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
