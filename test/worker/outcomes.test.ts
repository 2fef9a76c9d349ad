import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../lib/run/run.ts'
import { runCli } from '../support/cli.ts'
import { local, type Place, remote, type TestLedger } from '../support/ledgers.ts'
import { DEBUG, endOf, HANDLERS, linesOf } from './support.ts'

const TOKEN = 'hunter2-of-the-tests'

describe.each([local, remote])('a worker $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  const enqueue = async ({ env }: TestLedger, kind: string, ...options: string[]) =>
    (await runCli(['runs', 'enqueue', kind, ...options], { env })).stdout.trim()
  const work = ({ env }: TestLedger, ...args: string[]) =>
    runCli(['worker', '--once', ...args], { env: { ...env, ...DEBUG, RUNLEDGER_SECRET_TOKEN: TOKEN } })
  const only = async (ledger: TestLedger, kind: string) => (await ledger.runs(kind))[0] as Run

  it('does what is due, tells how it went, and ends with 0', async () => {
    const ledger = await opened.ledger()
    const ids = [await enqueue(ledger, 'test.quick'), await enqueue(ledger, 'test.quick')]
    const { code, stdout, stderr } = await work(ledger, '--handlers', HANDLERS)
    expect([code, stderr]).toEqual([0, ''])
    const run = (await ledger.runs('test.quick')).find(({ id }) => id === ids[0])
    expect(run).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      progress: 100,
      outputRef: `ref:${ids[0]}`,
      claimedBy: expect.stringMatching(/^worker:/),
    })
    expect(endOf(stdout, ids[1] as string)).toMatchObject({
      kind: 'test.quick',
      attempt: 1,
      outcome: 'succeeded',
      queuedMs: expect.any(Number),
      runMs: expect.any(Number),
    })
    expect(linesOf(stdout).at(-1)).toMatchObject({ message: 'worker ended', succeeded: 2, failed: 0 })
  })

  it('goes on until nothing is due, however few run at once', async () => {
    const ledger = await opened.ledger()
    const kinds = ['test.quick', 'test.quick', 'test.fail', 'test.quick', 'test.quick']
    for (const kind of kinds) await enqueue(ledger, kind)
    const { code, stdout } = await work(ledger, '--handlers', HANDLERS, '--concurrency', '1')
    expect(code).toBe(1)
    expect(linesOf(stdout).at(-1)).toMatchObject({ succeeded: 4, failed: 1 })
  })

  it('ends with 1 when a run has failed for good, and leaves one with attempts left to its backoff', async () => {
    const ledger = await opened.ledger()
    await enqueue(ledger, 'test.fail', '--max-attempts', '2')
    const first = await work(ledger, '--kinds', 'test.fail', '--handlers', HANDLERS)
    expect(first.code).toBe(0)
    expect(linesOf(first.stdout).at(-1)).toMatchObject({ retried: 1, failed: 0 })
    expect(await only(ledger, 'test.fail')).toMatchObject({ state: 'queued', attempt: 1 })
    await enqueue(ledger, 'test.hopeless', '--max-attempts', '5')
    const second = await work(ledger, '--kinds', 'test.hopeless', '--handlers', HANDLERS)
    expect(second.code).toBe(1)
    expect(await only(ledger, 'test.hopeless')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: expect.stringMatching(/^NonRetryableError: it will stay broken\n\s+at /),
    })
  })

  it('puts secrets into the input, and keeps them out of all it tells', async () => {
    const ledger = await opened.ledger()
    const id = await enqueue(ledger, 'test.secret', '--input', '{"token":{"$secret":"token"}}')
    const { code, stdout } = await work(ledger, '--handlers', HANDLERS)
    expect(code).toBe(1)
    expect(stdout).not.toContain(TOKEN)
    expect(linesOf(stdout).find(({ message }) => message.startsWith('using'))).toMatchObject({
      message: 'using [secret token]',
      header: 'Bearer [secret token]',
      runId: id,
    })
    const run = await only(ledger, 'test.secret')
    expect(JSON.stringify(run)).not.toContain(TOKEN)
    expect(run.error).toContain(`refused [secret token] of ${TOKEN.length} letters`)
  })

  it.each(['absent', 'previous'])('fails a run for good whose secret %s is none of its own', async (name) => {
    const ledger = await opened.ledger()
    const input = JSON.stringify({ list: [{ deep: { $secret: name } }] })
    await enqueue(ledger, 'test.quick', '--max-attempts', '3', '--input', input)
    const env = { ...ledger.env, RUNLEDGER_SECRET_PREVIOUS: 'what signs lease tokens is no one else’s' }
    const { code } = await runCli(['worker', '--once', '--handlers', HANDLERS], { env })
    expect(code).toBe(1)
    expect(await only(ledger, 'test.quick')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: `this worker knows no secret "${name}"; by default it reads RUNLEDGER_SECRET_${name.toUpperCase()}`,
    })
  })

  it('fails a run whose handler returns what cannot be an outputRef', async () => {
    const ledger = await opened.ledger()
    await enqueue(ledger, 'test.odd-answer')
    await work(ledger, '--handlers', HANDLERS)
    expect(await only(ledger, 'test.odd-answer')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('returned an outputRef that the ledger does not take'),
    })
  })

  it('does runs by a command: input on stdin, progress and outputRef on lines, metrics', async () => {
    const ledger = await opened.ledger()
    const id = await enqueue(ledger, 'test.command', '--input', '{"token":{"$secret":"token"},"n":1}')
    const script = `
      read input
      echo "$input" | wc -c
      echo "$RUNLEDGER_RUN_KIND $RUNLEDGER_RUN_ATTEMPT \${RUNLEDGER_SECRET_TOKEN-none}"
      echo "progress: 30 loading"
      echo "::output-ref s3://bucket/$RUNLEDGER_RUN_ID" >&2
      echo "$input" >&2`
    const { code, stdout } = await work(ledger, '--kinds', 'test.command', '--exec', 'sh', '--', '-c', script)
    expect(code).toBe(0)
    expect(stdout).not.toContain(TOKEN)
    const said = linesOf(stdout).filter(({ stream }) => stream === 'stdout')
    expect(said[0]?.message.trim()).toBe(String(JSON.stringify({ token: TOKEN, n: 1 }).length + 1))
    expect(said[1]?.message).toBe('test.command 1 none')
    expect(await only(ledger, 'test.command')).toMatchObject({
      state: 'succeeded',
      exitCode: 0,
      outputRef: `s3://bucket/${id}`,
      memoryPeakBytes: expect.any(Number),
    })
  })

  it('retries a command that fails by the run’s policy, and tells its exit code', async () => {
    const ledger = await opened.ledger()
    await enqueue(ledger, 'test.command', '--max-attempts', '2')
    const { stdout } = await work(ledger, '--kinds', 'test.command', '--exec', 'sh', '--', '-c', 'exit 7')
    expect(linesOf(stdout).at(-1)).toMatchObject({ retried: 1 })
    expect(await only(ledger, 'test.command')).toMatchObject({ state: 'queued', error: 'exit code 7' })
  })
})

describe('a worker that cannot begin', () => {
  const home = { RUNLEDGER_HOME: '/dev/null/none' }
  it.each([
    [['--once'], /say what does the work/],
    [['--handlers', 'no-such-file.ts'], /cannot load the handlers of no-such-file.ts/],
    [['--handlers', HANDLERS, '--kinds', 'test.quick,nope'], /has no handler for nope/],
    [['--exec', 'true'], /--exec needs --kinds/],
    [['--handlers', 'package.json'], /package.json/],
    [['--handlers', 'lib/cli/exit-code.ts', '--exec', 'true'], /say what does the work/],
  ])('%j says why and ends with 2', async (args, reason) => {
    const { code, stderr } = await runCli(['worker', ...args], { env: home })
    expect(stderr).toMatch(reason)
    expect(code).toBe(2)
  })

  it('is refused with 4 by a server whose key may not', async () => {
    const server = await remote.open()
    const { env } = await server.ledger()
    const args = ['worker', '--handlers', HANDLERS]
    const { code, stderr } = await runCli(args, { env: { ...env, RUNLEDGER_API_KEY: 'rl_x_y' } })
    await server.close()
    expect([code, stderr]).toEqual([4, expect.stringMatching(/^runledger: .*key/)])
  })
})
