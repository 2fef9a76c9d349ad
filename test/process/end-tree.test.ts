import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { RunChildOptions, RunningChild } from '../../lib/process/child-outcome.ts'
import { isAlive, runCaptured, until } from './support/run-captured.ts'

/** Runs a shell script that prints the pids of its tree, ends it when `count` of them are there, and says who lives. */
async function endScript(script: string, count: number, options: Partial<RunChildOptions> = {}) {
  const pids: number[] = []
  const onLine = (line: string) => /^\d+$/.test(line) && pids.push(Number(line))
  const end = async (child: RunningChild) => {
    await until(() => pids.length >= count)
    if (options.timeoutMs === undefined) child.cancel()
  }
  const result = await runCaptured('sh', ['-c', script], { onLine, ...options }, end)
  const alive = pids.filter(isAlive)
  for (const pid of alive) process.kill(pid, 'SIGKILL')
  return { ...result, pids, alive }
}

const plain = 'sleep 60 & echo $!'
const ownSession = 'setsid sleep 60 & echo $!'
const deaf = `sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' &`
const deafInOwnSession = `setsid sh -c 'trap "" TERM HUP; echo $$; while :; do sleep 1; done' &`

describe.concurrent.each([
  ['timeout', { timeoutMs: 700, graceMs: 400 }],
  ['canceled', { graceMs: 400 }],
] as const)('an end by %s', (endedBy, options) => {
  it('ends the whole tree, also what left the group and what ignores SIGTERM', async () => {
    const script = `${plain}; ${ownSession}; ${deaf} ${deafInOwnSession} echo $$; wait; wait; sleep 60`
    const { outcome, pids, alive } = await endScript(script, 5, options)
    expect(outcome).toMatchObject({ endedBy, exitCode: 143, signal: 'SIGTERM' })
    expect([pids.length, alive]).toEqual([5, []])
  })

  it('kills a child that ignores SIGTERM when the grace is over, not before', async () => {
    const { outcome, alive } = await endScript(
      `trap '' TERM; echo $$; while :; do sleep 0.1; done`,
      1,
      options,
    )
    expect(outcome).toMatchObject({ endedBy, exitCode: 137, signal: 'SIGKILL' })
    expect(outcome.durationMs).toBeGreaterThanOrEqual(400)
    expect(alive).toEqual([])
  })

  it('lets a child clean up with commands of its own, and keeps its exit code and last words', async () => {
    const script = `trap 'sleep 0.2; echo bye; exit 9' TERM; echo $$; while :; do sleep 0.05; done`
    const { outcome, stdout } = await endScript(script, 1, { ...options, graceMs: 3000 })
    expect(outcome).toMatchObject({ endedBy, exitCode: 9, signal: null })
    expect(stdout.toString()).toMatch(/bye\n$/)
  })

  it('reaches a stopped child', async () => {
    const { outcome, alive } = await endScript(`echo $$; kill -STOP $$; sleep 60`, 1, {
      ...options,
      graceMs: 3000,
    })
    expect(outcome).toMatchObject({ endedBy, signal: 'SIGTERM' })
    expect(alive).toEqual([])
  })

  it('finds a daemon seen before it was orphaned', async () => {
    const script = `(setsid sh -c 'echo $$; exec sleep 60' & sleep 2.5); sleep 60`
    const { pids, alive } = await endScript(script, 1, { timeoutMs: 4000, graceMs: 300 })
    expect([pids.length, alive]).toEqual([1, []])
  })

  it('finds a daemon that was orphaned unseen, by the marker', async () => {
    const script = `sleep 0.7; (setsid sh -c 'echo $$; exec sleep 60' &) ; sleep 60`
    const env = { PATH: '/usr/bin:/bin', RUN: 'marker-01' }
    const { pids, alive } = await endScript(script, 1, {
      ...options,
      ...(endedBy === 'timeout' ? { timeoutMs: 3000 } : {}),
      env,
      marker: 'RUN=marker-01',
    })
    expect([pids.length, alive]).toEqual([1, []])
  })
})

it('the first of timeout and cancel names the end, and after the exit neither counts', async () => {
  const both = await runCaptured('sleep', ['60'], { timeoutMs: 100 }, async (child) => {
    await sleep(200)
    child.cancel()
  })
  expect(both.outcome.endedBy).toBe('timeout')
  const late = await runCaptured('sh', ['-c', 'sleep 5 & exit 0'], {}, async (child) => {
    await sleep(150)
    child.cancel()
  })
  expect(late.outcome).toMatchObject({ endedBy: 'itself', exitCode: 0 })
})
