import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 50

/** Runs a program to its end, with what it prints in a file, and tells how much memory it took at most. Throws where it fails. */
export async function runWatched(
  [program = '', ...args]: string[],
  { stdout, env }: { stdout: string; env: Record<string, string> },
): Promise<{ ms: number; peakBytes: number }> {
  const file = await open(stdout, 'w')
  try {
    const began = performance.now()
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', file.fd, 'pipe'],
    })
    const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>()
    child.once('error', reject).once('close', resolve)
    const said = text(child.stderr as Readable)
    let peakBytes = 0
    let code: number | null | undefined
    while (code === undefined) {
      peakBytes = Math.max(peakBytes, await peakOf(child.pid ?? 0))
      code = await Promise.race([ended, delay(EVERY_MS, undefined)])
    }
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${await said}`)
    return { ms: performance.now() - began, peakBytes }
  } finally {
    await file.close()
  }
}

/** The most memory that a process ever had; 0 where it is gone. Linux. */
export async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024
}
