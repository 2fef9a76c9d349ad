import { appendLog } from '../ledger/logs/append-log.ts'
import { putOutput } from '../ledger/outputs/put-output.ts'
import { failRun, succeedRun } from '../ledger/runs/complete-runs.ts'
import { startRun } from '../ledger/runs/start-run.ts'
import type { Context } from '../ports/context.ts'
import { LogLines } from '../run/log-line.ts'
import type { DemoScript } from './scripts.ts'

export interface PastRun {
  script: DemoScript
  /** The how-manieth. */
  n: number
  /** How long before now the hour is that it is of. */
  hoursAgo: number
  random: () => number
}

const HOUR_MS = 3_600_000
const MIB = 1024 * 1024

/** One run that ended some time in the hour before then; the ledger is told so. The answer is its id. */
export async function pastRun(ctx: Context, { script, n, hoursAgo, random }: PastRun): Promise<string> {
  const { kind, projectId, worker, seconds, memoryMb } = script
  const tookMs = seconds.middle * 1_000 * (1 + (random() * 2 - 1) * seconds.spread)
  const endedMs = ctx.now() - (hoursAgo + random() * 0.9) * HOUR_MS - 1_000
  const at = (ms: number) => new Date(ms).toISOString()
  const id = ctx.newId()
  const { leaseToken } = await startRun(ctx, {
    id,
    kind,
    projectId,
    workerId: `${worker}:1`,
    startedAt: at(endedMs - tookMs),
    input: { attemptOf: 'demo', batch: n },
    labels: { team: projectId ?? 'platform' },
  })
  const fails = random() * 100 < script.failures
  const error = script.errors[n % script.errors.length] ?? 'it failed'
  const lines = script.lines(n)
  const printed = fails
    ? [...lines.slice(0, Math.ceil(lines.length * 0.6)), `\u001b[31m${error}\u001b[0m`]
    : lines
  const bytes = logOf(id, printed, { from: endedMs - tookMs, tookMs })
  await appendLog(ctx, { id, leaseToken, offset: 0, bytes })
  for (const { path, contentType, text } of fails ? [] : (script.outputs?.(n) ?? []))
    await putOutput(ctx, { id, leaseToken, path, contentType }, only(text))
  const metrics = {
    memoryPeakBytes: Math.round(memoryMb * MIB * (0.9 + random() * 0.25)),
    cpuSeconds: Math.round((tookMs / 1_000) * 0.6 * 100) / 100,
  }
  const ending = { leaseToken, finishedAt: at(endedMs), metrics, logBytes: bytes.length }
  if (fails) await failRun(ctx, { ...ending, error, exitCode: 1, retryable: false })
  else await succeedRun(ctx, { ...ending, exitCode: 0 })
  return id
}

/** As a worker would have sent it: each line with its time. */
export function logOf(
  id: string,
  lines: string[],
  { from, tookMs }: { from: number; tookMs: number },
): Buffer {
  const log = new LogLines(id)
  return Buffer.concat(
    lines.map((line, n) =>
      log.add('stdout', Buffer.from(`${line}\n`), Math.round(from + (tookMs * n) / lines.length)),
    ),
  )
}

async function* only(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
