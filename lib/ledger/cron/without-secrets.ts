import type { LogRedactor } from '../../ports/log-redactor.ts'
import { truncateEnd, truncateMiddle } from '../../run/truncate.ts'
import type { ActionOutcome } from './action-outcome.ts'

/**
 * The same outcome, its texts as they would stand in a log, and cut to 16 KB: what an answer or an error gives away is kept nowhere. Cut
 * only then, for half a secret is not known for one.
 */
export async function withoutSecrets(redactor: LogRedactor, outcome: ActionOutcome): Promise<ActionOutcome> {
  const clean = { ...outcome }
  for (const name of ['output', 'errorMessage', 'stackTrace'] as const) {
    const text = outcome[name]
    if (!text) continue
    const told = await redacted(redactor, truncateMiddle(text, LOOKED_AT_BYTES))
    // Of an answer there may be more than was read: its end is not known.
    clean[name] = name === 'output' ? truncateEnd(told) : truncateMiddle(told)
  }
  return clean
}

/** Looking for secrets takes its time; where this cuts, nothing is kept. */
const LOOKED_AT_BYTES = 262_144

async function redacted(redactor: LogRedactor, text: string): Promise<string> {
  const { bytes } = await redactor.redactLog(new TextEncoder().encode(text), { inKey: false })
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
