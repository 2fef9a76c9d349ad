import { isatty } from 'node:tty'
import { styleText } from 'node:util'
import type { Answer } from './confirm.ts'
import { plainText } from './plain-text.ts'

/** Gives text a look where the screen can show it (NO_COLOR, FORCE_COLOR and TERM are heard), else leaves it as it is. */
export type Paint = (look: Parameters<typeof styleText>[0], text: string) => string

/** What a command talks to: a person at a screen, or a pipe. */
export interface Terminal {
  /** On stdout, with a newline. */
  print(text: string): void
  /** What only a person wants to know, such as what to type next: on stderr, and nothing where stdout is not a screen. */
  hint(text: string): void
  /** On stderr, after the program's name. */
  warn(message: string): void
  paint: Paint
  /** Cells in a line; undefined where stdout is not a screen. */
  width(): number | undefined
  /** A line of a screen that changes, or (null) goes again. Nothing where stdout is not a screen. */
  draw(line: string | null): void
  /** Whether somebody is there to be asked. */
  canAsk(): boolean
  /** Asks for yes or no. */
  confirm(question: string): Promise<Answer>
  readInput(): Promise<string>
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
  let exitCodeWithoutReader = 0
  let isListening = false
  let isDrawn = false

  function write(text: string): void {
    if (!isListening) host.stdout.on('error', leave)
    isListening = true
    host.stdout.write(text)
  }
  function leave(error: NodeJS.ErrnoException): void {
    if (error.code === 'EPIPE') host.exit(exitCodeWithoutReader)
    throw error
  }
  function draw(line: string | null): void {
    if (!host.stdout.isTTY || (line === null && !isDrawn)) return
    write(`\r\x1b[2K${line ?? ''}`)
    isDrawn = line !== null
  }
  function tell(text: string): void {
    draw(null)
    host.stderr.write(`${text}\n`)
  }
  const paint: Paint = (look, text) => styleText(look, text, { stream: host.stdout })

  return {
    print(text) {
      draw(null)
      write(`${text}\n`)
    },
    hint: (text) => void (host.stdout.isTTY && tell(styleText('dim', text, { stream: host.stderr }))),
    warn: (message) => tell(`runledger: ${plainText(message)}`),
    paint,
    width: () => (host.stdout.isTTY ? host.stdout.columns || DEFAULT_WIDTH : undefined),
    draw,
    canAsk: () => isatty(STDIN) && isatty(STDERR),
    async confirm(question) {
      const { confirm } = await import('./confirm.ts')
      return confirm(question, { input: host.stdin, output: host.stderr })
    },
    async readInput() {
      const chunks: Buffer[] = []
      for await (const chunk of host.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString()
    },
    onInterrupt() {
      const interrupted = new AbortController()
      const interrupt = () => interrupted.abort()
      host.once('SIGINT', interrupt)
      return { signal: interrupted.signal, release: () => void host.off('SIGINT', interrupt) }
    },
    whenReaderLeaves(exitCode) {
      exitCodeWithoutReader = exitCode
    },
  }
}
