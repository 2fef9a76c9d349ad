import { z } from 'zod'

/** Why, in a person's words. */
export const Reason = z
  .string()
  .min(1)
  .max(500)
  .transform((text) => text.replaceAll('\u0000', '\uFFFD').toWellFormed())
