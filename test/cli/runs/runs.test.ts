import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../../../lib/run/event.ts'
import type { Run } from '../../../lib/run/run.ts'
import { readConfig } from '../../../lib/runtime/config.ts'
import { openVerbs } from '../../../lib/runtime/open-verbs.ts'
import { SECRETS } from '../../secrets/samples.ts'
import { type CliOptions, RUNLEDGER, runCli, startCli, startProcess } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 120_000 })

const UNKNOWN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

describe.each([remote, local])('runs $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  beforeAll(async () => {
    opened = await place.open()
    env = (await opened.ledger()).env
  })
  afterAll(() => opened?.close())

  let count = 0
  const newKind = () => `test.runs.${++count}`
  const runs = (args: string[], options: CliOptions = {}) => runCli(['runs', ...args], { env, ...options })
  const json = async <T = Run>(...args: string[]) => {
    const { code, stdout, stderr } = await runs([...args, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout) as T
  }
  const enqueue = async (...args: string[]) => (await json('enqueue', newKind(), ...args)).id
  /** As a worker would: takes it, and fails. */
  const fail = async (id: string, error: string) => {
    const { kind } = await json('status', id)
    const { verbs, close } = await openVerbs(readConfig({}, env), { remote: false })
    const [claimed] = await verbs.claimRuns({ workerId: 'test', kinds: [kind] })
    await verbs.failRun({ leaseToken: claimed?.leaseToken ?? '', error, retryable: false })
    await close()
    return id
  }
  const exec = async (kind: string, script: string) =>
    runCli(['exec', '--kind', kind, '--', 'sh', '-c', script], { env })

  it('enqueue, status, list, tail: a run from its beginning to its end', async () => {
    const kind = newKind()
    const added = await runs(['enqueue', kind, '--input', '{"month": "2026-11"}'])
    expect(added).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\w{26}\n$/) })
    const id = added.stdout.trim()
    expect(await json('status', id)).toMatchObject({ kind, state: 'queued', input: { month: '2026-11' } })
    expect((await json<Run[]>('list', '--kind', kind)).map((run) => run.id)).toEqual([id])
    const tail = startCli(['runs', 'tail', id], { env })
    await tail.says(/queued/)
    expect((await runs(['cancel', id, '--yes'])).stdout).toBe(`Run ${id} is canceled.\n`)
    const { code, stdout } = await tail.ended
    expect(code).toBe(1)
    expect(stdout).toMatch(/^\S+Z {2}queued\n⊘ canceled\n$/)
  })

  it('enqueue takes all that a run is made of', async () => {
    const run = await json(
      'enqueue',
      newKind(),
      ...['--project', 'acme', '--name', 'Nightly', '--label', 'team=data', '--label', 'day=a=b'],
      ...[
        '--max-attempts',
        '3',
        '--priority',
        '2',
        '--timeout',
        '1h',
        '--run-at',
        '2030-01-01T00:00:00+01:00',
      ],
    )
    expect(run).toMatchObject({
      projectId: 'acme',
      name: 'Nightly',
      labels: { team: 'data', day: 'a=b' },
      maxAttempts: 3,
      priority: 2,
      timeoutSeconds: 3_600,
      runAt: '2029-12-31T23:00:00.000Z',
      input: null,
    })
  })

  it('enqueue waits as long as it is told', async () => {
    const { runAt } = await json('enqueue', newKind(), '--delay', '5m')
    expect(Math.abs(Date.parse(runAt) - Date.now() - 300_000)).toBeLessThan(20_000)
  })

  it('enqueue reads its input from stdin', async () => {
    const { stdout } = await runs(['enqueue', newKind(), '--stdin', '--json'], {
      stdin: '[1, {"a": null}]\n',
    })
    expect(JSON.parse(stdout).input).toEqual([1, { a: null }])
  })

  it('enqueue takes a bare date, and input with a byte order mark', async () => {
    const run = await json('enqueue', newKind(), '--run-at', '2030-01-01')
    expect(run.runAt).toBe('2030-01-01T00:00:00.000Z')
    const { stdout } = await runs(['enqueue', newKind(), '--stdin', '--json'], { stdin: '\ufeff{"a":1}' })
    expect(JSON.parse(stdout).input).toEqual({ a: 1 })
  })

  it.each([
    ['yes', 'runledger: stdin is longer than 2.1 MB: nothing was sent\n'],
    [`printf '"caf\\351"'`, 'runledger: stdin is not text in UTF-8\n'],
    [`printf '"caf\\303'`, 'runledger: stdin is not text in UTF-8\n'],
  ])('enqueue refuses what comes on stdin from %s', async (command, words) => {
    const line = `${command} | exec "$0" "$1" runs enqueue k --stdin`
    const ended = startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], { env }).ended
    expect(await ended).toMatchObject({ code: 2, stdout: '', stderr: words })
  })

  it('enqueue adds a run once for its idempotency key, and refuses another body', async () => {
    const [kind, key] = [newKind(), `key-${count}`]
    const first = await runs(['enqueue', kind, '--idempotency-key', key])
    expect(await runs(['enqueue', kind, '--idempotency-key', key])).toEqual(first)
    const other = await runs(['enqueue', kind, '--idempotency-key', key, '--input', '1'])
    expect(other).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('was used for another body'),
    })
  })

  it.each([
    [['--input', '{month: 1}'], '', "--input is not JSON; quote it for the shell, as in --input '"],
    [['--stdin'], '', 'stdin is empty'],
    [['--stdin'], 'geheim', 'stdin is not JSON\n'],
    [['--input', '1', '--stdin'], '1', "'--input <json>' cannot be used with option '--stdin'"],
    [['--delay', '5m', '--run-at', '2030-01-01T00:00:00Z'], '', 'cannot be used with'],
    [['--priority', '7'], '', 'runledger: --priority: '],
    [['--max-attempts', '101'], '', 'runledger: --max-attempts: '],
    [['--label', `${'k'.repeat(100)}=v`], '', 'runledger: --label'],
    [['--priority', 'high'], '', 'write a whole number'],
    [['--run-at', 'tomorrow'], '', "option '--run-at <instant>' argument 'tomorrow' is invalid"],
    [['--run-at', '0000-01-01'], '', 'runledger: --run-at: must lie in the years 1 to 9999'],
    [['--input', JSON.stringify({ key: SECRETS[0]?.[1] })], '', 'input.key looks like a secret'],
  ])('enqueue %j is refused with 2', async (args, stdin, words) => {
    const { code, stdout, stderr } = await runs(['enqueue', 'k', ...args], { stdin })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(/geheim|AKIA/)
  })

  it('list finds runs by what is asked', async () => {
    const kind = newKind()
    await exec(kind, 'exit 3')
    const named = (
      await json('enqueue', kind, '--name', `n${kind}`, '--label', 'team=data', '--project', 'acme')
    ).id
    const queued = (await json('enqueue', kind)).id
    const found = async (...args: string[]) =>
      (await json<Run[]>('list', ...args))
        .filter((run) => run.kind === kind)
        .map(({ id, state }) => [id, state])
    expect(await found('--state', 'failed')).toEqual([[expect.anything(), 'failed']])
    expect(await found('--state', 'failed,queued', '--kind', kind)).toHaveLength(3)
    expect(await found('--state', 'failed', '--state', 'running', '--kind', kind)).toHaveLength(1)
    expect(await found('--label', 'team=data')).toEqual([[named, 'queued']])
    expect(await found('--project', 'acme')).toEqual([[named, 'queued']])
    expect(await found('--q', `n${kind}`)).toEqual([[named, 'queued']])
    expect(await found('--kind', kind, '--limit', '1')).toEqual([[queued, 'queued']])
    expect(await found('--kind', kind, '--since', '1h')).toHaveLength(3)
    expect(await found('--kind', kind, '--before', '1h')).toEqual([])
  })

  it('list shows a table, and what to do where there is nothing', async () => {
    const kind = newKind()
    expect((await runs(['list', '--kind', kind])).stdout).toBe(
      'No run is like that. All there are: runledger runs list\n',
    )
    await exec(kind, 'exit 3')
    const { stdout } = await runs(['list', '--kind', kind])
    expect(stdout).toMatch(
      /^ID +STATE +KIND +CREATED +TOOK +NOTE\n\w{26} {2}failed {2}test\.runs\.\d+ +(just now|\d+ s ago) +[\d.]+ m?s {2}exit code 3\n$/,
    )
  })

  it('status shows what is known', async () => {
    const kind = newKind()
    const { id } = await json(
      'enqueue',
      kind,
      '--label',
      'team=data',
      '--max-attempts',
      '3',
      '--input',
      '{"b":1,"a":2}',
    )
    const { stdout } = await runs(['status', id])
    expect(stdout).toMatch(new RegExp(`^${kind} {2}○ queued\n {2}id +${id}\n {2}labels +team=data\n`))
    expect(stdout).toContain('  attempt     0 of 3\n  input       {"a":2,"b":1}\n')
  })

  it('cancel asks a running run to stop; tail sees it end', async () => {
    const kind = newKind()
    const running = startCli(['exec', '--kind', kind, '--', 'sh', '-c', 'echo progress: 40; sleep 60'], {
      env,
    })
    let id = ''
    for (let n = 0; n < 100 && id === ''; n++) {
      const [run] = await json<Run[]>('list', '--kind', kind, '--state', 'running')
      id = run?.id ?? ''
    }
    const tail = startCli(['runs', 'tail', id, '--ndjson'], { env })
    await tail.says(/run\.started/)
    const { code, stdout } = await runs(['cancel', id, '--yes', '--reason', 'wrong month'])
    expect([code, stdout]).toEqual([
      0,
      `Run ${id} is asked to stop; its worker hears of it at its next heartbeat.\n`,
    ])
    running.process.kill('SIGTERM')
    await running.ended
    const ended = await tail.ended
    const events = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent)
    expect(ended.code).toBe(1)
    expect(events[0]).toMatchObject({ type: 'run.started', runId: id })
    expect(events.find(({ type }) => type === 'run.cancel_requested')?.data).toMatchObject({
      reason: 'wrong month',
    })
    expect(events.at(-1)?.type).toBe('run.canceled')
  })

  it('tail of a run that succeeds ends with 0; as JSON it is the run and its events', async () => {
    const kind = newKind()
    await exec(kind, 'echo progress: 50')
    const [run] = await json<Run[]>('list', '--kind', kind)
    const told = await runs(['tail', run?.id ?? ''])
    expect(told.code).toBe(0)
    expect(told.stdout).toMatch(/started on exec:[^\n]+\n.*\n?✓ succeeded after [\d.]+ m?s\n$/s)
    const tail = await json<{ run: Run; events: RunEvent[] }>('tail', run?.id ?? '')
    // Meanwhile its log may have become one object.
    const same: Partial<Run> = { ...tail.run }
    delete same.logFile
    delete same.updatedAt
    expect(run).toMatchObject(same)
    expect(tail.events.at(-1)?.type).toBe('run.succeeded')
  })

  it('retry queues a failed run again; events tell the whole story', async () => {
    const id = await fail(await enqueue(), 'no such month\nat line 3')
    expect(await runs(['retry', id])).toMatchObject({ code: 0, stdout: `Run ${id} is queued again.\n` })
    const events = await json<RunEvent[]>('events', id)
    expect(events.map(({ type }) => type)).toEqual([
      'run.enqueued',
      'run.started',
      'run.failed',
      'run.retried',
    ])
    const { stdout } = await runs(['events', id])
    expect(stdout).toMatch(
      /^TIME \(UTC\) +WHAT +BY\n.*queued .*\n.*started on test .*\n.*failed: no such month .*\n.*queued again .*\n$/,
    )
    expect((await runs(['events', id, '--ndjson'])).stdout.trim().split('\n')).toHaveLength(4)
  })

  it('what a run printed reaches no terminal as anything but text', async () => {
    const id = await fail(
      await enqueue(),
      '\x1b]0;title\x07\x1b[2Jno\u009b31m such\u202e month\r\n\x07at line 3',
    )
    for (const command of ['status', 'tail', 'events', 'list']) {
      const { stdout } = await runs([command, ...(command === 'list' ? [] : [id])])
      expect(stdout).toContain('no such month')
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    }
    expect((await runs(['status', id])).stdout).toMatch(/\n\n {2}no such month\n {2}at line 3\n$/)
    const asJson = await runs(['status', id, '--json'])
    expect(asJson.stdout.trim()).not.toMatch(/\p{Cc}/u)
  })

  it('stats count what ended and what waits', async () => {
    const [kind, project] = [newKind(), `p${count}`]
    await runCli(['exec', '--kind', kind, '--project', project, '--', 'true'], { env })
    await enqueue('--project', project)
    const stats = await json<{ byState: object; successRate: number }>('stats', '--project', project)
    expect(stats).toMatchObject({ byState: { queued: 1, succeeded: 1, failed: 0 }, successRate: 1 })
    const { stdout } = await runs(['stats', '--project', project, '--since', '2h'])
    expect(stdout).toMatch(
      /^Since .* UTC\n.*queued +1\n.*succeeded +1\n.*100 % succeeded, .*WAITING +QUEUED +DUE +OLDEST\n/s,
    )
  })

  it.each(['status', 'events', 'tail', 'retry', 'cancel'])(
    '%s of a run that is not there ends with 3, and of what is no id with 2',
    async (command) => {
      const yes = command === 'cancel' ? ['--yes'] : []
      expect(await runs([command, UNKNOWN, ...yes, '--json'])).toMatchObject({
        code: 3,
        stdout: '',
        stderr: `runledger: there is no run ${UNKNOWN}\n`,
      })
      expect(await runs([command, 'x', ...yes])).toMatchObject({ code: 2, stdout: '' })
    },
  )

  it('what a run’s state does not allow ends with 4', async () => {
    const id = await enqueue()
    expect(await runs(['retry', id])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('it is queued'),
    })
    const kind = newKind()
    await exec(kind, 'true')
    const [done] = await json<Run[]>('list', '--kind', kind)
    expect(await runs(['cancel', done?.id ?? '', '--yes'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('has already succeeded'),
    })
  })

  it('cancel without a terminal to ask on needs --yes', async () => {
    const id = await enqueue()
    const { code, stdout, stderr } = await runs(['cancel', id])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe('runledger: cancel asks first, and there is no terminal to ask on: add --yes\n')
    expect(await json('status', id)).toMatchObject({ state: 'queued' })
  })
})
