import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { isAlive, runCaptured } from './support/run-captured.ts'

const node = process.execPath

describe('the exit code', () => {
  it.each([0, 3, 255])('%i is the child’s own', async (code) => {
    const { outcome, child } = await runCaptured('sh', ['-c', `exit ${code}`])
    expect(outcome).toMatchObject({ exitCode: code, signal: null, endedBy: 'itself', passedSignal: null })
    expect(child.pid).toBeGreaterThan(1)
  })

  it.each([
    ['KILL', 137],
    ['TERM', 143],
    ['SEGV', 139],
  ])('of a child killed by SIG%s is %i', async (signal, code) => {
    const { outcome } = await runCaptured('sh', ['-c', `kill -${signal} $$`])
    expect(outcome).toMatchObject({
      exitCode: code,
      signal: `SIG${signal}`,
      endedBy: 'signal',
      passedSignal: null,
    })
  })

  it.each(['no-such-command-here', '/no/such/file', ''])('of “%s”, not found, is 127', async (command) => {
    let started = false
    const { outcome, child, stderr } = await runCaptured(command, [], { onStart: () => (started = true) })
    expect(outcome).toMatchObject({ exitCode: 127, endedBy: 'itself', spawnError: { code: 'ENOENT' } })
    expect(stderr.toString()).toMatch(/^runledger: .*(not found|no such file|empty)\n$/)
    expect([child.pid, started, outcome.memoryPeakBytes, outcome.cpuSeconds]).toEqual([
      null,
      false,
      null,
      null,
    ])
  })

  it.each(['/etc/passwd', '/tmp', '/etc/passwd/x'])('of %s, not executable, is 126', async (command) => {
    const { outcome, stderr } = await runCaptured(command, [])
    expect(outcome.exitCode).toBe(126)
    expect(stderr.toString().split('\n')).toHaveLength(2)
  })

  it('is a shell’s for a script whose interpreter is missing, or that names none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'exec-'))
    const script = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      chmodSync(join(folder, name), 0o755)
      return join(folder, name)
    }
    const missing = await runCaptured(script('missing', '#!/no/such/interpreter\n'), [])
    expect(missing.outcome.exitCode).toBe(127)
    expect(missing.stderr.toString()).toContain('interpreter')
    expect((await runCaptured(script('plain', 'exit 5\n'), [])).outcome.exitCode).toBe(5)
  })
})

describe('the output', () => {
  it('passes through byte for byte, binary and 5 MB long, while its lines are given out', async () => {
    const script = `
      const { createHash, randomBytes } = require('node:crypto')
      const bytes = randomBytes(5_000_000)
      process.stderr.write(createHash('sha256').update(bytes).digest('hex') + '\\n')
      process.stdout.write(bytes)`
    const { outcome, stdout, stderr, lines } = await runCaptured(node, ['-e', script])
    expect(outcome.exitCode).toBe(0)
    expect(stdout).toHaveLength(5_000_000)
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(stderr.toString().trim())
    expect(lines.filter((one) => one.stream === 'stderr')).toEqual([
      { line: stderr.toString().trim(), stream: 'stderr' },
    ])
    expect(lines.length).toBeGreaterThan(1000)
  })

  it('keeps stdout and stderr apart, and gives the last line without an end too', async () => {
    const { stdout, stderr, lines } = await runCaptured('sh', ['-c', 'echo out; echo err >&2; printf last'])
    expect([stdout.toString(), stderr.toString()]).toEqual(['out\nlast', 'err\n'])
    expect(lines.filter((one) => one.stream === 'stdout').map((one) => one.line)).toEqual(['out', 'last'])
    expect(lines).toContainEqual({ line: 'err', stream: 'stderr' })
  })

  it('waits for a slow reader and loses nothing', async () => {
    let bytes = 0
    const slow = new Writable({
      write(chunk, _encoding, done) {
        bytes += chunk.length
        setTimeout(done, 40)
      },
    })
    const { outcome } = await runCaptured('head', ['-c', '1000000', '/dev/zero'], { stdout: slow })
    expect([outcome.exitCode, bytes]).toEqual([0, 1_000_000])
  })

  it('that a stalled reader never takes does not hold up the word of a timeout', async () => {
    const stalled = new Writable({ write: () => {} })
    const began = performance.now()
    const options = { stdout: stalled, timeoutMs: 300, graceMs: 300 }
    const { outcome } = await runCaptured('head', ['-c', '1000000', '/dev/zero'], options)
    expect(outcome.endedBy).toBe('timeout')
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('does not wait for a daemon that keeps the pipe open, and leaves it alive', async () => {
    const began = performance.now()
    const { outcome, stdout } = await runCaptured('sh', ['-c', 'sleep 30 & echo $!; exit 4'])
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(outcome).toMatchObject({ exitCode: 4, endedBy: 'itself' })
    const daemon = Number(stdout.toString())
    expect(isAlive(daemon)).toBe(true)
    process.kill(daemon, 'SIGKILL')
  })

  it('does not wait for a daemon that never stops talking either', async () => {
    const began = performance.now()
    const { stdout } = await runCaptured('sh', [
      '-c',
      '(while :; do echo x; sleep 0.05; done) & echo $!; exit 0',
    ])
    expect(performance.now() - began).toBeLessThan(5000)
    process.kill(Number(/\d+/.exec(stdout.toString())?.[0]), 'SIGKILL')
  })
})

it('the input given as a stream reaches the child, and a child that reads none of it ends well', async () => {
  const read = await runCaptured('cat', [], { stdin: Readable.from(['one ', 'two']) })
  expect(read.stdout.toString()).toBe('one two')
  const unread = await runCaptured('true', [], { stdin: Readable.from([Buffer.alloc(1_000_000)]) })
  expect(unread.outcome.exitCode).toBe(0)
})

it('the child has the environment it is given, and is told of before its first line', async () => {
  const order: string[] = []
  const { child } = await runCaptured('/bin/sh', ['-c', 'echo $A'], {
    env: { A: 'b' },
    onStart: ({ pid }) => order.push(String(pid)),
    onLine: (line) => order.push(line),
  })
  expect(order).toEqual([String(child.pid), 'b'])
})

it('a listener that throws harms nothing', async () => {
  const fail = () => {
    throw new Error('listener')
  }
  const { outcome, stdout } = await runCaptured('sh', ['-c', 'echo a; echo b; exit 6'], {
    onLine: fail,
    onStart: fail,
  })
  expect([outcome.exitCode, stdout.toString()]).toEqual([6, 'a\nb\n'])
})

it('the duration ends with the child, not with its output', async () => {
  const { outcome } = await runCaptured('sh', [
    '-c',
    'sleep 0.3; (while :; do echo x; sleep 0.05; done) & sleep 0; exit 0',
  ])
  expect(outcome.durationMs).toBeGreaterThanOrEqual(295)
  expect(outcome.durationMs).toBeLessThan(1_800)
  expect(outcome.finishedAt.getTime()).toBeGreaterThanOrEqual(outcome.startedAt.getTime() + 290)
})
