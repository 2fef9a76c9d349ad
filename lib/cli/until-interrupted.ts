import type { Terminal } from './terminal/terminal.ts'

export const INTERRUPTED = 130
/** As a program ends that a closed pipe has killed: how what it showed went on is not known. */
const READER_LEFT = 141

/**
 * Work that may last, such as following a run: Ctrl-C aborts its signal and ends it with 130 at once, whatever it waits for; a
 * reader that leaves (`| head`) ends it with 141.
 */
export async function untilInterrupted(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  terminal.whenReaderLeaves(READER_LEFT)
  const { signal, release } = terminal.onInterrupt()
  const interrupted = new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => resolve(INTERRUPTED))
  })
  try {
    // A server that hangs does not keep whoever wants to leave.
    return await Promise.race([work(signal), interrupted])
  } finally {
    release()
  }
}
