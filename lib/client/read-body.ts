import type { LedgerError } from '../run/errors.ts'
import type { Limit } from './limit.ts'

/**
 * The pieces of an answer's body, within a limit that is released at its end. What breaks off, or says nothing for
 * `silenceMs`, throws what `gone` makes of it.
 */
export async function* readBody(
  body: ReadableStream<Uint8Array>,
  limit: Limit,
  { silenceMs, gone }: { silenceMs: number; gone: (cause: Error) => LedgerError },
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      limit.endsIn(silenceMs)
      const { done, value } = await reader.read()
      limit.stopTimer()
      if (done) return
      yield value
    }
  } catch (cause) {
    throw gone(cause as Error)
  } finally {
    limit.release()
    await reader.cancel().catch(() => {})
  }
}
