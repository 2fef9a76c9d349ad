import { z } from 'zod'

export const UNSTORABLE = 'must not hold NUL characters or halves of surrogate pairs, which no database keeps'

/** Whether every database keeps the text as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** Text on one line, as people read it. */
export const Line = z
  .string()
  .min(1)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or halves of surrogate pairs')
