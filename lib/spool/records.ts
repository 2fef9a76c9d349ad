import { z } from 'zod'
import type { FailRun, SucceedRun } from '../ledger/runs/completion.ts'
import type { StartRun } from '../ledger/runs/start-run.ts'
import { RunId } from '../run/ids.ts'

/** Of everything in a run's folder. A folder of a later one is left alone. */
export const SPOOL_VERSION = 1

/** A run whose words are to be kept: born running here, or claimed from the queue. */
export type RunToSpool = { start: StartRun } | { claimed: { id: string; fence: number; leaseToken: string } }

/** What is known of a run when it begins: `run.json`. */
export const RunRecord = z.object({
  version: z.literal(SPOOL_VERSION),
  id: RunId,
  /** The ledger it belongs to: a URL or a path. */
  place: z.string(),
  /** With this the ledger is told that it has started; null for a claimed run, of which it knows. */
  start: z.custom<StartRun>((value) => typeof value === 'object' && value !== null).nullable(),
  /** Of a claimed run. */
  lease: z.object({ leaseToken: z.string(), fence: z.number() }).nullable(),
})
export type RunRecord = z.infer<typeof RunRecord>

/** How a run came out, as `endOfRun` tells it; a lease token in the report is not kept. */
export type EndOfRun =
  | { method: 'succeedRun'; report: Omit<SucceedRun, 'id' | 'leaseToken' | 'logBytes'> }
  | { method: 'failRun'; report: Omit<FailRun, 'id' | 'leaseToken' | 'logBytes'> }

/** How a run came out: `end.json`. */
export const EndRecord = z.object({
  version: z.literal(SPOOL_VERSION),
  end: z.custom<EndOfRun>((value) =>
    ['succeedRun', 'failRun'].includes((value as { method?: string } | null)?.method ?? ''),
  ),
  /** How many bytes of the file `log` count. */
  fileBytes: z.number().int().min(0),
  /** What follows them: words about what the disk could not keep, where it could not keep those either. */
  tail: z.string(),
  /** A folder whose files are to be kept as the run's outputs. */
  outputs: z.string().nullable(),
})
export type EndRecord = z.infer<typeof EndRecord>

/** How far the ledger has it: `sent.json`. Older than the truth after a crash, never newer. */
export const SentRecord = z.object({
  version: z.literal(SPOOL_VERSION),
  leaseToken: z.string().nullable(),
  fence: z.number().nullable(),
  /** Where the log goes on. */
  offset: z.number().int().min(0),
  outputs: z.boolean(),
  completed: z.boolean(),
})
export type SentRecord = z.infer<typeof SentRecord>

/** Nothing sent yet. */
export function nothingSent({ lease }: RunRecord): SentRecord {
  return {
    version: SPOOL_VERSION,
    leaseToken: lease?.leaseToken ?? null,
    fence: lease?.fence ?? null,
    offset: 0,
    outputs: false,
    completed: false,
  }
}
