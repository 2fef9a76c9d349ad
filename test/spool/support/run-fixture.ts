import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** A fixture in a process of its own; `limitKb`: its files may not grow beyond that. */
export function startFixture(name: string, args: string[], limitKb?: number): RunningFixture {
  const command = [process.execPath, join(import.meta.dirname, '../fixtures', name), ...args]
  const limited = ['sh', '-c', `ulimit -f ${(limitKb ?? 0) * 2}; exec "$@"`, 'sh', ...command]
  const [program = '', ...rest] = limitKb === undefined ? command : limited
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { child, ended: ended.then(([stdout, stderr]) => ({ stdout, stderr, signal: child.signalCode })) }
}

export interface RunningFixture {
  child: ChildProcess
  ended: Promise<{ stdout: string; stderr: string; signal: string | null }>
}
