import { z } from 'zod'

/** An instant in any offset, as UTC with milliseconds. In the years 1 to 9999, which every database keeps. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine((text) => !isOutside(new Date(text).getUTCFullYear()), 'must lie in the years 1 to 9999')
  .transform((text) => new Date(text).toISOString())

const isOutside = (year: number) => year < 1 || year > 9_999
