import type { LogRedactor } from '../../ports/log-redactor.ts'
import type { ActionOutcome } from './action-outcome.ts'

/** The same outcome, its texts as they would stand in a log: what an answer or an error gives away is kept nowhere. */
export async function withoutSecrets(redactor: LogRedactor, outcome: ActionOutcome): Promise<ActionOutcome> {
  const clean = { ...outcome }
  for (const name of ['output', 'errorMessage', 'stackTrace'] as const) {
    const text = outcome[name]
    if (text) clean[name] = await redacted(redactor, text)
  }
  return clean
}

async function redacted(redactor: LogRedactor, text: string): Promise<string> {
  const { bytes } = await redactor.redactLog(new TextEncoder().encode(text), { inKey: false })
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
