import { describe, expect, it } from 'vitest'
import { runCaptured } from './support/run-captured.ts'

const node = process.execPath
const megabyte = 1024 * 1024
const allocate = (megabytes: number, holdMs: number) =>
  `const held = Buffer.alloc(${megabytes} * 1024 * 1024, 1); setTimeout(() => held.length, ${holdMs})`
// By CPU time, not by the clock: a machine with other work gives less of it in a second.
const burn = (ms: number) =>
  `let used; do { used = process.cpuUsage() } while (used.user + used.system < ${ms * 1000})`

// Longer than the longest pause between two looks, with time for a busy machine to start Node.
const HOLD_MS = 7_000

describe.concurrent('the memory peak', () => {
  it('of a child that holds 150 MB is about that', async () => {
    const { outcome } = await runCaptured(node, ['-e', allocate(150, HOLD_MS)])
    expect(outcome.memoryPeakBytes).toBeGreaterThan(150 * megabyte)
    expect(outcome.memoryPeakBytes).toBeLessThan(400 * megabyte)
  })

  it('counts grandchildren side by side', async () => {
    const { outcome } = await runCaptured('sh', [
      '-c',
      '"$0" -e "$1" & "$0" -e "$1" & wait',
      node,
      allocate(100, HOLD_MS),
    ])
    expect(outcome.memoryPeakBytes).toBeGreaterThan(200 * megabyte)
    expect(outcome.memoryPeakBytes).toBeLessThan(500 * megabyte)
  })

  it('counts what was given back between two samples', async () => {
    const script = `
      setTimeout(() => { let held = Buffer.alloc(200 * 1024 * 1024, 1); held = null; gc(); }, 600)
      setTimeout(() => {}, 600 + ${HOLD_MS})`
    const { outcome } = await runCaptured(node, ['--expose-gc', '-e', script])
    expect(outcome.memoryPeakBytes).toBeGreaterThan(200 * megabyte)
  })
})

describe('the CPU time', () => {
  it('of a child busy for a second is about that', async () => {
    const { outcome } = await runCaptured(node, ['-e', burn(1000)])
    expect(outcome.cpuSeconds).toBeGreaterThan(0.5)
    expect(outcome.cpuSeconds).toBeLessThan(1.6)
  })

  it('counts grandchildren that ended long before, between samples', async () => {
    const { outcome } = await runCaptured('sh', ['-c', '"$0" -e "$1"; "$0" -e "$1"', node, burn(300)])
    expect(outcome.cpuSeconds).toBeGreaterThan(0.4)
    expect(outcome.cpuSeconds).toBeLessThan(1.3)
  })

  it('of children side by side goes to each its own', async () => {
    const [busy, idle] = await Promise.all([
      runCaptured(node, ['-e', `${burn(600)}`]),
      runCaptured('sleep', ['0.3']),
    ])
    expect(busy.outcome.cpuSeconds).toBeGreaterThan(0.3)
    expect(idle.outcome.cpuSeconds).toBeLessThan(0.15)
  })

  it('counts a daemon that nobody waits for', async () => {
    const script = '(setsid "$0" -e "$1" & sleep 0.3); sleep 1'
    const { outcome } = await runCaptured('sh', ['-c', script, node, burn(900)])
    expect(outcome.cpuSeconds).toBeGreaterThan(0.15)
  })

  it('counts a living daemon that was never seen below the child, by the marker', async () => {
    const env = { PATH: '/usr/bin:/bin', RUN: 'marker-02' }
    const script = '(setsid "$0" -e "$1" &) ; sleep 0.7'
    const { outcome } = await runCaptured('sh', ['-c', script, node, burn(1500)], {
      env,
      marker: 'RUN=marker-02',
    })
    expect(outcome.cpuSeconds).toBeGreaterThan(0.15)
  })
})

it('a very short child has the memory of a whole program or null, and no error', async () => {
  for (let round = 0; round < 20; round++) {
    const { outcome } = await runCaptured('true', [])
    expect(outcome.exitCode).toBe(0)
    if (outcome.memoryPeakBytes !== null) expect(outcome.memoryPeakBytes).toBeGreaterThanOrEqual(megabyte)
    expect(outcome.cpuSeconds).toBeLessThan(0.2)
  }
})
