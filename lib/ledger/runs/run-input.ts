import { z } from 'zod'
import { LIMITS } from '../../run/limits.ts'
import { Line, UNSTORABLE } from '../../run/text.ts'

/** The JSON a run is given: any value, up to 256 KB, without what a database cannot keep. Source 004's `RunInput`. */
export const RunInput = z
  .unknown()
  .superRefine((value, check) => {
    const text = toJson(value)
    const refuse = (message: string) => check.addIssue({ code: 'custom', message })
    if (text === undefined) return refuse(`must be JSON, at most ${LIMITS.inputDepth} levels deep`)
    const bytes = bytesOf(text)
    if (bytes > LIMITS.inputBytes)
      return refuse(`must be at most ${LIMITS.inputBytes} bytes of JSON; this is ${bytes}`)
    const depth = depthOf(text)
    if (depth > LIMITS.inputDepth)
      return refuse(`must be at most ${LIMITS.inputDepth} levels deep; this is ${depth}`)
    // JSON.stringify writes both as escapes, so a plain search finds them in keys and values alike.
    if (text.includes('\\u') && /\\u0000|\\ud[89a-f]/i.test(text.replaceAll('\\\\', ''))) refuse(UNSTORABLE)
    const path = text.includes('null') ? infinityIn(value) : null
    if (path !== null)
      check.addIssue({
        code: 'custom',
        path,
        message: 'is too large a number to be kept as it is; write it as a string',
      })
  })
  .meta({
    description:
      'Any JSON, up to 256 KB; whole numbers past 2^53 must be texts. `{"$secret": "name"}` stands for a secret',
  })

/** Text that people read, on one line. */
export const RunName = Line.max(200)

/** Undefined for what JSON has no text for: a function, a bigint, a circle, arrays in each other by the thousand. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** In UTF-8; of a text that is short enough in any case, how many characters. */
const bytesOf = (text: string) =>
  text.length * 3 <= LIMITS.inputBytes ? text.length : new TextEncoder().encode(text).length

/** How many arrays and objects stand in each other; 0 for a text too short to matter: each takes two characters. */
function depthOf(json: string): number {
  if (json.length <= LIMITS.inputDepth * 2) return 0
  let depth = 0
  let deepest = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]+|\\.)*"|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth)
    else if (token === ']' || token === '}') depth--
  }
  return deepest
}

/** Where the first number too large for JavaScript is: it is parsed as Infinity, and would be kept as null. */
function infinityIn(value: unknown): string[] | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : []
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    const path = infinityIn(inner)
    if (path !== null) return [key, ...path]
  }
  return null
}
