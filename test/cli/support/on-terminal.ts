import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { ROOT, RUNLEDGER, until } from '../../support/cli.ts'

const SCRIPT = '/usr/bin/script'

/** Whether this machine can give a process a terminal. */
export const hasTerminal = existsSync(SCRIPT)

export interface OnTerminal {
  /** Everything on the screen so far, with escape sequences. */
  raw(): string
  /** The same as text. */
  said(): string
  type(keys: string): void
  /** Resolves once the pattern is in the text. */
  says(pattern: RegExp): Promise<void>
  ended: Promise<number | null>
}

/** The command line on a terminal of its own, so many cells wide. */
export function onTerminal(
  args: string[],
  { env = {}, columns = 100 }: { env?: Record<string, string>; columns?: number } = {},
): OnTerminal {
  const command = [process.execPath, RUNLEDGER, ...args].map(quote).join(' ')
  const child = spawn(SCRIPT, ['-qec', `stty cols ${columns} rows 40; exec ${command}`, '/dev/null'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: '/dev/null', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  const raw = () => Buffer.concat(chunks).toString()
  const said = () => stripVTControlCharacters(raw()).replaceAll('\r\n', '\n')
  return {
    raw,
    said,
    type: (keys) => void child.stdin.write(keys),
    says: async (pattern) =>
      void (await until(() => pattern.test(said()), `${pattern} on the screen`).catch((error) => {
        throw new Error(`${error.message}; it says:\n${said()}`)
      })),
    ended: new Promise((resolve) => child.once('close', resolve)),
  }
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
