import { z } from 'zod'

/** What older faces answer: `{success: true, data}`, and what else stands beside. */
export const success = <S extends z.ZodType, B extends z.ZodRawShape = z.ZodRawShape>(data: S, beside?: B) =>
  z.object({ success: z.literal(true), data, ...beside })
