import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export const ROOT = resolve(import.meta.dirname, '../..')
export const RUNLEDGER = join(ROOT, 'lib/cli/runledger.js')
const PATIENCE_MS = 30_000

export interface CliOptions {
  /** Besides PATH and HOME; nothing else of this process goes in. */
  env?: Record<string, string>
  cwd?: string
  stdin?: string
  /** The Node that runs it (this one, unless told). */
  node?: string
}

/** How a process ended, with all it said. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface StartedCli {
  process: ChildProcess
  pid: number
  stdout(): string
  stderr(): string
  /** Resolves with the match, once stdout has it. Throws when the process ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  ended: Promise<Ended>
}

/** A new, empty home, and how to remove it. */
export async function makeHome(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'runledger-home-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 20 }) }
}

/** The command line as a process of its own. Without a HOME it has a folder that nothing may be written to. */
export function startCli(args: string[], options: CliOptions = {}): StartedCli {
  return startProcess(options.node ?? process.execPath, [RUNLEDGER, ...args], options)
}

/** The same, to its end. */
export function runCli(args: string[], options: CliOptions = {}): Promise<Ended> {
  return startCli(args, options).ended
}

/** Any program, watched the same way. */
export function startProcess(program: string, args: string[], options: CliOptions = {}): StartedCli {
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env.PATH, HOME: '/dev/null', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {}).end(options.stdin ?? '')
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk) => stdout.push(chunk))
  child.stderr.on('data', (chunk) => stderr.push(chunk))
  const said = (chunks: Buffer[]) => Buffer.concat(chunks).toString()
  const { promise: ended, resolve: end, reject } = Promise.withResolvers<Ended>()
  child.once('error', reject)
  child.once('close', (code, signal) => end({ code, signal, stdout: said(stdout), stderr: said(stderr) }))
  return {
    process: child,
    pid: child.pid ?? 0,
    stdout: () => said(stdout),
    stderr: () => said(stderr),
    ended,
    async says(pattern) {
      let hasEnded = false
      void ended.then(() => {
        hasEnded = true
      })
      return until(() => {
        const found = pattern.exec(said(stdout))
        if (!found && hasEnded)
          throw new Error(`it ended without ${pattern}:\n${said(stdout)}${said(stderr)}`)
        return found
      }, `${pattern} in the output`)
    },
  }
}

/** Asks until the answer is true; throws what it waited for after half a minute. */
export async function until<T>(
  ask: () => T | Promise<T>,
  what = 'it',
  patienceMs = PATIENCE_MS,
): Promise<Exclude<T, null | undefined | false | '' | 0>> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, null | undefined | false | '' | 0>
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs / 1_000} s for ${what}`)
    await delay(20)
  }
}
