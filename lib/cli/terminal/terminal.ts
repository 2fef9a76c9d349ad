import { isatty } from 'node:tty'
import { styleText } from 'node:util'
import type { Answer } from './confirm.ts'
import { Output } from './output.ts'
import { plainText } from './plain-text.ts'
import { openStatusLine, type StatusLine } from './status-line.ts'

/** Gives text a look where the screen can show it (NO_COLOR, FORCE_COLOR and TERM are heard), else leaves it as it is. */
export type Paint = (look: Parameters<typeof styleText>[0], text: string) => string

/** What a command talks to: a person at a screen, or a pipe. */
export interface Terminal {
  /** On stdout, with a newline. */
  print(text: string): void
  /** On stdout as it stands. */
  write(text: string | Uint8Array): void
  /** On stderr as it stands. */
  writeError(text: string): void
  /** Waits until what was printed is taken, and lets the program notice that nobody reads it any more. */
  flush(): Promise<void>
  /** What only a person wants to know, such as what to type next: on stderr, and nothing where stdout is not a screen. */
  hint(text: string): void
  /** On stderr, after the program's name. */
  warn(message: string): void
  paint: Paint
  /** Cells in a line; undefined where stdout is not a screen. */
  width(): number | undefined
  /** A line of a screen that changes, or (null) goes again. Nothing where stdout is not a screen. */
  draw(line: string | null): void
  /** A line on stderr that changes. */
  status: StatusLine
  /** Whether somebody is there to be asked. */
  canAsk(): boolean
  /** Asks for yes or no. */
  confirm(question: string): Promise<Answer>
  /** All of stdin, as text. Throws `too_large` past `mostBytes`. */
  readInput(mostBytes: number): Promise<string>
  /** From now until `release`, Ctrl-C aborts the signal instead of ending the program; a second one ends it. */
  onInterrupt(): { signal: AbortSignal; release(): void }
  /** What the program ends with when the reader of its output leaves (`| head`). */
  whenReaderLeaves(exitCode: number): void
}

const DEFAULT_WIDTH = 80
const STDIN = 0
const STDERR = 2

/** The terminal of this process. Touches no stream before it is used. */
export function openTerminal(host: NodeJS.Process): Terminal {
  const output = new Output(host, (message) => warn(message))
  const status = openStatusLine(host)
  let isHeard = false
  let isDrawn = false

  function draw(line: string | null): void {
    if (!host.stdout.isTTY || (line === null && !isDrawn)) return
    output.write(`\r\x1b[2K${line ?? ''}`)
    isDrawn = line !== null
  }
  function writeError(text: string): void {
    draw(null)
    status.draw(null)
    // Where it cannot be told that it cannot be told, the exit code says the rest.
    if (!isHeard) host.stderr.on('error', () => {})
    isHeard = true
    host.stderr.write(text)
  }
  const tell = (text: string) => writeError(`${text}\n`)
  const warn = (message: string) => tell(`runledger: ${plainText(message)}`)
  const paint: Paint = (look, text) => styleText(look, text, { stream: host.stdout })

  return {
    print(text) {
      draw(null)
      // It may stand on the same screen.
      status.draw(null)
      output.write(`${text}\n`)
    },
    write: (text) => output.write(text),
    writeError,
    flush: () => output.flush(),
    hint: (text) => void (host.stdout.isTTY && tell(styleText('dim', text, { stream: host.stderr }))),
    warn,
    paint,
    width: () => (host.stdout.isTTY ? host.stdout.columns || DEFAULT_WIDTH : undefined),
    draw,
    status,
    canAsk: () => isatty(STDIN) && isatty(STDERR),
    async confirm(question) {
      const { confirm } = await import('./confirm.ts')
      return confirm(question, { input: host.stdin, output: host.stderr })
    },
    async readInput(mostBytes) {
      const { readInput } = await import('./read-input.ts')
      return readInput(host.stdin, mostBytes)
    },
    onInterrupt() {
      const interrupted = new AbortController()
      const interrupt = () => interrupted.abort()
      host.once('SIGINT', interrupt)
      return { signal: interrupted.signal, release: () => void host.off('SIGINT', interrupt) }
    },
    whenReaderLeaves: (exitCode) => output.whenReaderLeaves(exitCode),
  }
}
