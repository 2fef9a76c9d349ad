import type { Verbs } from '../../../client/verbs.ts'
import { rawLog } from '../../../run/raw-log.ts'
import { type LogLine, logLines, toJsonLine } from '../../../run/stored-lines.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { CommandDependencies } from '../../outside.ts'
import { printPages } from '../../terminal/print-pages.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { INTERRUPTED, untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'
import { lastLines, logPart } from './log-part.ts'

export interface LogsOptions {
  id: string
  /** To the end of the run. */
  follow: boolean
  /** From the last so many lines on. */
  tail?: number | undefined
  /** As it was printed, without what stands before each line. */
  raw: boolean
}

/**
 * `runs logs`: what a run has printed. In a pipe the log goes through byte by byte, as fast as it is read there; on a screen it is
 * made harmless. Ends with 0 however the run has ended.
 */
export async function logsCommand(options: LogsOptions, deps: CommandDependencies): Promise<number> {
  const { id, follow } = options
  const { terminal, format } = deps
  const exitCode = await untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const { from, body } = await open(verbs, options, signal)
      const seen = { bytes: 0 }
      await show(counted(body, seen), options, deps)
      if (format === 'text') await sayMore(verbs, options, from + seen.bytes, deps)
      return signal.aborted ? INTERRUPTED : 0
    }),
  )
  if (exitCode === INTERRUPTED && follow)
    terminal.warn(`go on: runledger runs logs ${id} --follow --tail 100`)
  return exitCode
}

async function open(verbs: Verbs, { id, follow, tail }: LogsOptions, signal: AbortSignal) {
  if (!follow) return logPart(verbs, id, tail)
  const from = tail === undefined ? 0 : (await lastLines(verbs, id, tail)).from
  return verbs.followLog({ id, from }, signal)
}

async function show(
  body: AsyncIterable<Uint8Array>,
  { raw }: LogsOptions,
  { terminal, format, now }: CommandDependencies,
): Promise<void> {
  if (format !== 'text') return printPages(jsonLines(body), { terminal, format })
  if (terminal.width() === undefined) return pass(raw ? withoutPrefixes(body) : body, terminal)
  const [{ LogScreen }, { LocalClock }] = await Promise.all([
    import('../../terminal/log-screen.ts'),
    import('../../terminal/local-clock.ts'),
  ])
  const screen = new LogScreen(terminal.paint, raw ? null : new LocalClock(terminal.paint, now()))
  for await (const lines of logLines(body)) {
    terminal.print(lines.map((line) => screen.line(line)).join('\n'))
    await terminal.flush()
  }
}

async function pass(body: AsyncIterable<Uint8Array>, { write, flush }: Terminal): Promise<void> {
  for await (const piece of body) {
    write(piece)
    await flush()
  }
}

const withoutPrefixes = (body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  ReadableStream.from<Uint8Array>(body).pipeThrough(rawLog())

async function* jsonLines(body: AsyncIterable<Uint8Array>) {
  for await (const lines of logLines(body)) yield lines.map((line: LogLine) => toJsonLine(line))
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  seen: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    seen.bytes += piece.length
    yield piece
  }
}

/** On stderr, what the log itself does not say: that there is none, or that more may come. */
async function sayMore(
  verbs: Verbs,
  { id, follow }: LogsOptions,
  bytes: number,
  { terminal }: CommandDependencies,
): Promise<void> {
  const isOnScreen = terminal.width() !== undefined
  if (bytes > 0 && (follow || !isOnScreen)) return
  const isOver = isFinal((await verbs.getRun({ id })).state)
  if (bytes === 0) terminal.warn(`run ${id} has printed nothing${isOver ? '' : ' yet'}`)
  else if (!isOver) terminal.hint(`\nMore may come. Follow it: runledger runs logs ${id} --follow`)
}
