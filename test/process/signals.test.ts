import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { isAlive, until } from './support/run-captured.ts'

const hostPath = join(import.meta.dirname, 'fixtures/host.ts')

type Host = {
  process: ChildProcess
  said: () => string
  ended: Promise<number | null>
  outcome: () => unknown
}

const hosts: ChildProcess[] = []
afterEach(() => {
  for (const host of hosts.splice(0)) host.kill('SIGTERM')
})

/** A real process of its own that calls `runChild` on a command, or on a shell script. */
function startHost(
  what: string | string[],
  { wrap = (command: string[]) => command, options = {} } = {},
): Host {
  const outcomePath = join(mkdtempSync(join(tmpdir(), 'exec-')), 'outcome.json')
  const child = typeof what === 'string' ? ['sh', '-c', what] : what
  const [command = '', ...args] = wrap([
    process.execPath,
    hostPath,
    outcomePath,
    JSON.stringify(options),
    ...child,
  ])
  const host = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  hosts.push(host)
  let said = ''
  host.stdout.on('data', (chunk) => {
    said += chunk
  })
  return {
    process: host,
    said: () => said,
    ended: new Promise((resolve) => host.once('close', resolve)),
    outcome: () => JSON.parse(readFileSync(outcomePath, 'utf8')),
  }
}

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const)('%s sent to us', (signal, code) => {
  it('is passed on to the child’s group, and its exit code becomes ours', async () => {
    const host = startHost('sleep 60 & echo $!; echo ready; wait')
    await until(() => host.said().includes('ready'))
    host.process.kill(signal)
    expect(await host.ended).toBe(code)
    expect(host.outcome()).toMatchObject({ endedBy: 'signal', signal, passedSignal: signal, exitCode: code })
    // A shell has its background jobs ignore what the keyboard sends.
    const job = Number.parseInt(host.said(), 10)
    if (signal === 'SIGTERM' || signal === 'SIGHUP') await until(() => !isAlive(job))
    else process.kill(job, 'SIGKILL')
  })
})

it('a child that handles the signal goes on, hears the second one too, and leaves with its own code', async () => {
  const host = startHost(
    `trap 'echo got; n=x$n' TERM; echo ready; while [ "$n" != xx ]; do sleep 0.05; done; exit 7`,
  )
  await until(() => host.said().includes('ready'))
  host.process.kill('SIGTERM')
  await until(() => host.said().includes('got'))
  await sleep(100)
  host.process.kill('SIGTERM')
  expect(await host.ended).toBe(7)
  expect(host.said().match(/got/g)).toHaveLength(2)
  expect(host.outcome()).toMatchObject({ endedBy: 'signal', signal: null, passedSignal: 'SIGTERM' })
})

it.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s that comes while the child is being started is passed on, too', async (signal, code) => {
  const host = startHost(['sleep', '20'], { options: { whileStarting: signal } })
  expect(await host.ended).toBe(code)
  expect(host.outcome()).toMatchObject({ endedBy: 'signal', signal, passedSignal: signal, exitCode: code })
})

describe.runIf(existsSync('/usr/bin/script'))('on a terminal', () => {
  // `script` has $SHELL run the command. Without `exec` there, dash would stay between the two, and be the one that Ctrl-C
  // kills: it leaves with 130, whatever the command below it does.
  const wrap = (command: string[]) => [
    '/usr/bin/env',
    'SHELL=/bin/sh',
    '/usr/bin/script',
    '-qec',
    `exec ${command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}`,
    '/dev/null',
  ]
  it('Ctrl-C reaches the child once', async () => {
    // It waits for the first, however late that comes, and then for a second.
    const waiting = 'until [ "$n" ]; do sleep 0.05; done; for i in 1 2 3 4 5; do sleep 0.1; done'
    const host = startHost(`trap 'echo got; n=x' INT; echo ready; ${waiting}; exit 3`, { wrap })
    await until(() => host.said().includes('ready'))
    host.process.stdin?.write('\x03')
    expect(await host.ended).toBe(3)
    expect(host.said().match(/got/g)).toHaveLength(1)
    expect(host.outcome()).toMatchObject({ passedSignal: 'SIGINT', exitCode: 3 })
  })

  it('the child can read the terminal, and is in our process group', async () => {
    const host = startHost('echo "$(ps -o pgid= -p $$) $(ps -o pgid= -p $PPID)"; read x; echo "read $x"', {
      wrap,
    })
    await until(() => /\d+ +\d+/.test(host.said()))
    host.process.stdin?.write('secret\n')
    expect(await host.ended).toBe(0)
    const [, child, ours] = /(\d+) +(\d+)/.exec(host.said()) ?? []
    expect(child).toBe(ours)
    expect(host.said()).toContain('read secret')
  })
})

it('a reader that leaves early (| head -1) neither kills the child nor changes its exit code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exec-'))
  const host = [process.execPath, hostPath, join(folder, 'outcome.json'), '{}', 'sh', '-c']
  const script = `seq 200000; echo through > ${folder}/through; exit 5`
  const line = 'set -o pipefail; "$@" 2>"$F/stderr" | head -1; echo $?'
  const bash = spawn('bash', ['-c', line, 'bash', ...host, script], { env: { ...process.env, F: folder } })
  let said = ''
  bash.stdout.on('data', (chunk) => {
    said += chunk
  })
  await new Promise((resolve) => bash.once('close', resolve))
  expect(said).toBe('1\n5\n')
  expect(readFileSync(join(folder, 'through'), 'utf8')).toBe('through\n')
  expect(readFileSync(join(folder, 'stderr'), 'utf8')).toBe('')
})

it('all output has left us when a slow reader reads it late', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exec-'))
  const host = [process.execPath, hostPath, join(folder, 'outcome.json'), '{}', 'seq', '200000']
  const bash = spawn('bash', ['-c', '"$@" | (sleep 1; wc -l)', 'bash', ...host])
  let said = ''
  bash.stdout.on('data', (chunk) => {
    said += chunk
  })
  await new Promise((resolve) => bash.once('close', resolve))
  expect(said.trim()).toBe('200000')
})
