import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../lib/run/run.ts'
import { isAlive } from '../process/support/run-captured.ts'
import { type CliOptions, startCli, until } from '../support/cli.ts'
import { local, type Place, remote } from '../support/ledgers.ts'

describe.concurrent.each([remote, local])('exec $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  let count = 0
  /** A kind and a home of its own for each command. */
  const begin = async (args: string[], options: CliOptions = {}) => {
    const [kind, ledger] = [`test.exec.${++count}`, await opened.ledger()]
    const cli = startCli(['exec', '--kind', kind, ...args], {
      ...options,
      env: { ...ledger.env, ...options.env },
    })
    return { ...cli, run: async () => (await ledger.runs(kind))[0] as Run }
  }
  const exec = async (args: string[], options: CliOptions = {}) => {
    const { ended, run } = await begin(args, options)
    return { ...(await ended), run: await run() }
  }
  const sh = (script: string, ...options: string[]) => [...options, '--', 'sh', '-c', script]

  it('records a command that ends with 0 as succeeded, with what it took', async () => {
    const { code, stdout, stderr, run } = await exec(
      sh(
        'for i in 1 2 3; do echo "progress: $((i*33))"; sleep 0.5; done; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done',
      ),
    )
    expect([code, stdout, stderr]).toEqual([0, 'progress: 33\nprogress: 66\nprogress: 99\n', ''])
    expect(run).toMatchObject({
      state: 'succeeded',
      progress: 100,
      exitCode: 0,
      error: null,
      attempt: 1,
      maxAttempts: 1,
    })
    expect(run.durationMs).toBeGreaterThan(1_400)
    expect(run.durationMs).toBeLessThan(20_000)
    expect(run.memoryPeakBytes).toBeGreaterThan(300_000)
    expect(run.cpuSeconds).toBeGreaterThan(0.01)
    expect(run.pid).toBeGreaterThan(1)
    expect(run.claimedBy).toMatch(/^exec:.+:\d+$/)
  })

  it('records a command that ends with 3 as failed, and ends with 3', async () => {
    const { code, stderr, run } = await exec(sh('exit 3'))
    expect([code, stderr]).toEqual([3, ''])
    expect(run).toMatchObject({
      state: 'failed',
      exitCode: 3,
      error: 'exit code 3',
      errorCode: 'error',
      attempt: 1,
    })
  })

  it('leaves the output as it is: every byte, and stderr apart', async () => {
    const script = 'printf "a\\000\\377 caf\\303\\251\\r\\n"; printf "no end" >&2'
    const { stdout, stderr } = await exec(sh(script))
    const plain = new TextDecoder().decode(Buffer.from('a\0\xff caf\xc3\xa9\r\n', 'latin1'))
    expect([stdout, stderr]).toEqual([plain, 'no end'])
  })

  it('tells the command which run it is', async () => {
    const { stdout, run } = await exec(sh('echo $RUNLEDGER_RUN_ID'))
    expect(stdout.trim()).toBe(run.id)
  })

  it('finds at the timeout what the command had sent away from its tree', async () => {
    const away = 'setsid sh -c "sleep 60 & echo \\$!; exec sleep 60" & sleep 60'
    const { stdout } = await exec(sh(away, '--timeout', '1s', '--grace', '500ms'))
    await until(() => !isAlive(Number(stdout)), 'the end of what was sent away')
  })

  it('passes stdin through', async () => {
    const { code, stdout } = await exec(['--', 'cat'], { stdin: 'one\ntwo' })
    expect([code, stdout]).toEqual([0, 'one\ntwo'])
  })

  it('leaves the arguments of the command alone, also those that look like its own', async () => {
    const { stdout } = await exec(['printf', '%s|', '--kind', 'x', '--', '-h', ''])
    expect(stdout).toBe('--kind|x|--|-h||')
  })

  it('reports progress while the command runs', async () => {
    const { ended, run } = await begin(
      sh('echo "progress: 42% loading users"; sleep 4; echo ::progress 80; sleep 30'),
    )
    await until(async () => (await run())?.progress === 42, 'the first progress')
    expect(await run()).toMatchObject({ state: 'running', progressMessage: 'loading users' })
    const { pid } = await until(async () => (await run()).progress === 80 && run(), 'the second')
    process.kill(-(pid as number), 'SIGTERM')
    expect((await ended).code).toBe(143)
    expect(await run()).toMatchObject({ state: 'failed', progress: 80 })
  })

  it('tells how far a command got that failed at once', async () => {
    expect((await exec(sh('echo progress: 30; exit 4'))).run).toMatchObject({ state: 'failed', progress: 30 })
  })

  it('records a command that is not there as failed with 127', async () => {
    const { code, stderr, run } = await exec(['--', 'no-such-command-here'])
    expect([code, stderr]).toEqual([127, 'runledger: no-such-command-here: command not found\n'])
    expect(run).toMatchObject({
      state: 'failed',
      exitCode: 127,
      error: 'no-such-command-here: command not found',
      pid: null,
    })
  })

  it('says which signal killed a command', async () => {
    const { code, run } = await exec(sh('kill -KILL $$'))
    expect(code).toBe(137)
    expect(run).toMatchObject({
      state: 'failed',
      exitCode: 137,
      error: expect.stringMatching(/^killed by SIGKILL after/),
    })
  })

  it('passes SIGTERM on, and the run says so', async () => {
    const {
      ended,
      says,
      process: cli,
      run,
    } = await begin(sh('trap "echo bye; exit 9" TERM; echo ready; sleep 30 & wait'))
    await says(/ready/)
    cli.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 9, stdout: 'ready\nbye\n' })
    expect(await run()).toMatchObject({ state: 'failed', exitCode: 9, error: 'exit code 9 after SIGTERM' })
  })

  it('ends the whole tree at the timeout, whatever it ignores', async () => {
    const grandchild = `sh -c 'trap "" TERM; sleep 60 & echo $!; wait' & wait`
    const { code, stdout, run } = await exec(sh(grandchild, '--timeout', '1s', '--grace', '500ms'))
    expect(code).toBeGreaterThan(128)
    await until(() => !isAlive(Number(stdout)), 'the end of the grandchild')
    expect(run).toMatchObject({
      state: 'failed',
      timeoutSeconds: 1,
      error: expect.stringMatching(/^timed out after 1\.\d s$/),
    })
  })

  it('records project, name and labels', async () => {
    const options = ['--project', 'acme', '--name', 'Nightly', '--label', 'team=data', '--label', 'day=a=b']
    const { run } = await exec(sh('exit 0', ...options, '--timeout', '1h30m'))
    const labels = { team: 'data', day: 'a=b' }
    expect(run).toMatchObject({ projectId: 'acme', name: 'Nightly', labels, timeoutSeconds: 5_400 })
  })

  // Below /proc, Node's own way to make folders goes round in circles.
  const homes = ['/dev/null/x', ...(process.platform === 'linux' ? ['/proc/nope', '/proc/nope/deeper'] : [])]
  it.each(homes)('does not need a home that may be written to (%s), and says what it lacks', async (home) => {
    const env = { RUNLEDGER_HOME: home, HOME: '/dev/null' }
    const { code, stdout, stderr } = await (await begin(['--', 'echo', 'hi'], { env })).ended
    expect([code, stdout]).toEqual([0, 'hi\n'])
    const [spool, ledger, ...more] = stderr.split('\n').filter(Boolean)
    expect(spool).toMatch(/^runledger: not all that the command prints can be kept: E\w+:/)
    if (place === local)
      expect(ledger).toMatch(/^runledger: run \w{26} is not in the ledger yet: .+ cannot be created.+/)
    else expect(ledger).toBe(undefined)
    expect(more).toEqual([])
  })
})
