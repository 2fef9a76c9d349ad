import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that runs one of the fixtures. */
export interface Child {
  printed: string[]
  hasPrinted(lines: number): Promise<void>
  /** Throws what it said when it has ended. */
  mustLive(): void
  isGone(): boolean
  kill(): void
  /** Takes the processor from it, as a machine does that sleeps, and gives it back. */
  pause(): void
  goOn(): void
  end(): void
  gone: Promise<unknown>
  errors(): string
}

/** Starts a fixture, which is told this as JSON and prints lines. It ends when its stdin does. */
export function startChild(fixture: string, argument: object): Child {
  const path = join(import.meta.dirname, 'fixtures', fixture)
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path, JSON.stringify(argument)],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  child.stdin.on('error', () => {})
  const printed: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => printed.push(line))
  child.stderr.on('data', (chunk) => errors.push(String(chunk)))
  const mustLive = () => {
    if (child.exitCode !== null) throw new Error(`${fixture} ended by itself: ${errors.join('')}`)
  }
  return {
    printed,
    mustLive,
    isGone: () => child.exitCode !== null || child.signalCode !== null,
    hasPrinted: async (lines) => {
      while (printed.length < lines) {
        mustLive()
        await delay(5)
      }
    },
    kill: () => child.kill('SIGKILL'),
    pause: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    end: () => child.stdin.end(),
    gone: once(child, 'close'),
    errors: () => errors.join(''),
  }
}
