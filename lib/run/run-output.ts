import { z } from 'zod'

/** A file that a run produced. Source 002. */
export const RunOutput = z
  .object({
    path: z.string().meta({ description: 'Below the run’s folder', example: 'reports/2026/customers.csv' }),
    bytes: z.number().int().min(0),
    sha256: z.string().nullable().meta({ description: 'In hex, of what is stored' }),
    contentType: z.string(),
    fence: z.number().int().min(0).meta({
      description: 'The claim that produced it; the run’s own `fence` where it is of the last one',
    }),
    createdAt: z.iso.datetime().meta({ description: 'When it was whole' }),
  })
  .meta({ id: 'RunOutput', description: 'A file that a run produced' })
export type RunOutput = z.infer<typeof RunOutput>
