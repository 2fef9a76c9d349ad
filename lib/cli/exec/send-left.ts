import type { OpenVerbs } from '../../client/verbs.ts'
import { flushSpool } from '../../spool/flush-spool.ts'
import { outputSender } from './send-outputs.ts'

const WITHIN_MS = 3_000

/**
 * Delivers what commands before this one have left in the spool, for three seconds at most, and without a word: what is still
 * there is for the next command, or for `flush`. Never rejects.
 */
export async function sendLeft({ home, opened, now }: SendLeftOptions): Promise<void> {
  try {
    const sendOutputs = outputSender(() => opened.verbs)
    await flushSpool({
      home,
      now,
      open: async () => opened,
      tries: 1,
      signal: AbortSignal.timeout(WITHIN_MS),
      sendOutputs,
    })
  } catch {
    // Another time.
  }
}

interface SendLeftOptions {
  home: string
  opened: OpenVerbs
  now: () => Date
}
