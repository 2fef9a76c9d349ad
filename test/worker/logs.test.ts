import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Handler, WorkerOptions } from '../../lib/worker/index.ts'
import { until } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { benchOn, embed as embedOn, endOf, HANDLERS, logOf } from './support.ts'

const PREFIX = String.raw`\[\d{4}-\d\d-\d\dT[\d:.]{12}Z\] `

describe.concurrent('the log of a run under a worker', () => {
  let server: ServerProcess & { close(): Promise<void> }
  const closing: (() => Promise<void>)[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()))
    await server?.close()
  })
  const embed = async (handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}) => {
    const embedded = await embedOn(server, handlers, options)
    closing.push(embedded.proxy.close)
    return embedded
  }
  const execArgs = (script: string) => [
    '--once',
    '--kinds',
    'test.command',
    '--exec',
    'sh',
    '--',
    '-c',
    script,
  ]
  const inSpool = (home: string) => readdir(join(home, 'spool')).catch(() => [])

  it('is what its command printed, byte for byte', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.command')
    const script = String.raw`printf 'plain\n\033[31mred\033[0m\r\n\377\376\000odd\n'
      head -c 200000 /dev/zero | tr '\0' 'x'; printf '\n\nlast without an end'`
    const worker = bench.worker(execArgs(script))
    const { code, stdout } = await worker.ended
    expect([code, endOf(stdout, id)]).toMatchObject([0, { outcome: 'succeeded' }])
    const odd = 'plain\n\x1b[31mred\x1b[0m\r\n\xff\xfe\x00odd\n'
    expect(await logOf(server, id, { raw: true })).toBe(`${odd}${'x'.repeat(200_000)}\n\nlast without an end`)
    const log = await bench.log(id)
    expect(log).toMatch(new RegExp(`^${PREFIX}${id}: plain\n`))
    expect(stdout).not.toContain('plain')
    expect(await inSpool(bench.home)).toEqual([])
  })

  it('is what its handler logged, with the fields behind', async () => {
    const { bench, lines, worker } = await embed(
      {
        wordy: (_run, { log }) => {
          log('no fields')
          log('two\nlines', { n: 1, at: new Date(0), input: 'not this', error: new TypeError('it broke') })
          console.log('of the process')
        },
      },
      { once: true },
    )
    const id = await bench.enqueue('wordy')
    expect(await worker.run()).toMatchObject({ succeeded: 1 })
    const [first, second, third, rest] = (await bench.log(id)).split('\n')
    expect(first).toMatch(new RegExp(`^${PREFIX}${id}: no fields$`))
    expect(second).toMatch(new RegExp(`^${PREFIX}${id}: two$`))
    expect(third).toContain(`${id}: lines {"n":1,"at":"1970-01-01T00:00:00.000Z","input":"[redacted]"`)
    expect(third).toContain('it broke')
    expect(rest).toBe('')
    expect(lines.filter(({ runId }) => runId === id).map(({ message }) => message)).toEqual([
      'no fields',
      'two\nlines',
      'run ended',
    ])
    expect(await bench.read(id)).toMatchObject({ logBytes: (await bench.log(id)).length })
  })

  it('can be read while the run goes on', async () => {
    const gate = Promise.withResolvers<void>()
    const { bench, worker } = await embed({
      slow: async (_run, { log }) => {
        log('begun')
        await gate.promise
        log('gone on')
      },
    })
    const id = await bench.enqueue('slow')
    const working = worker.run()
    await until(async () => (await bench.log(id)).includes('begun'), 'the first line')
    expect(await bench.read(id)).toMatchObject({ state: 'running' })
    gate.resolve()
    await bench.becomes(id, 'succeeded')
    expect((await bench.log(id)).match(/begun|gone on/g)).toEqual(['begun', 'gone on'])
    worker.stop()
    await working
  })

  it('has no value of a secret, nor the lease token, however they are printed', async () => {
    const bench = benchOn(server)
    const value = 'correct-horse-battery'
    const id = await bench.enqueue('test.command', { input: { t: { $secret: 't' } } })
    const script = `read input; echo "$input"; echo "$RUNLEDGER_LEASE_TOKEN" >&2
      printf correct-; sleep 0.3; printf horse-; sleep 0.3; echo battery; printf 'at the end ${value}'`
    const worker = bench.worker(execArgs(script), { RUNLEDGER_SECRET_T: value, LOG_LEVEL: 'debug' })
    const { code, stdout } = await worker.ended
    expect(code).toBe(0)
    const raw = await logOf(server, id, { raw: true })
    expect(`${raw}${stdout}`).not.toContain(value)
    expect(raw.replace('[lease token]\n', '')).toBe('{"t":"[secret t]"}\n[secret t]\nat the end [secret t]')
  })

  it('that says nothing makes no spool, and its end goes with others’', async () => {
    const { bench, proxy, lines, worker } = await embed(
      { quiet: () => sleep(20, 'done') },
      { concurrency: 20 },
    )
    const runs = Array.from({ length: 100 }, () => ({ kind: 'quiet', projectId: bench.projectId }))
    await server.api.post('/v1/runs:batch', { runs })
    const working = worker.run()
    const ended = () => lines.filter(({ message }) => message === 'run ended').length
    await until(() => ended() === 100, 'all to be done')
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 100 })
    await expect(access(bench.home)).rejects.toThrow('ENOENT')
    expect(proxy.requests.filter((one) => one.endsWith('/logs'))).toEqual([])
    expect(proxy.requests.filter((one) => one === 'POST /v1/runs:complete').length).toBeLessThan(40)
  })

  it('that many runs say something in is delivered run by run, and their ends go together', async () => {
    const { bench, proxy, worker } = await embed({ wordy: (run, { log }) => log(`I am ${run.id}`) })
    const runs = Array.from({ length: 30 }, () => ({ kind: 'wordy', projectId: bench.projectId }))
    const { body } = await server.api.post<{ data: { run: { id: string } }[] }>('/v1/runs:batch', { runs })
    const working = worker.run()
    for (const { run } of body.data) {
      await bench.becomes(run.id, 'succeeded')
      expect(await logOf(server, run.id, { raw: true })).toBe(`I am ${run.id}\n`)
    }
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 30, lost: 0 })
    expect(proxy.requests.filter((one) => one.endsWith('/logs'))).toHaveLength(30)
    expect(await inSpool(bench.home)).toEqual([])
  })

  it('comes whole and once through a ledger that is away for a while', async () => {
    const { bench, proxy, worker } = await embed({
      counting: async (_run, { log }) => {
        for (let n = 0; n < 60; n++) {
          log(`line ${n}`)
          await sleep(50)
        }
      },
    })
    const id = await bench.enqueue('counting')
    const working = worker.run()
    await until(async () => (await bench.log(id)).includes('line 0'), 'the first line')
    await proxy.goAway()
    await sleep(3_000)
    await proxy.comeBack()
    await bench.becomes(id, 'succeeded')
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n}\n`)
    expect(await logOf(server, id, { raw: true })).toBe(lines.join(''))
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 1, lost: 0 })
  })

  it('whose answers get lost has every line once', async () => {
    const { bench, proxy, worker } = await embed(
      {
        counting: async (_run, { log }) => {
          for (let n = 0; n < 20; n++) log(`line ${n}`)
        },
      },
      { once: true },
    )
    const lost = new Set<string>()
    proxy.whim = ({ url = '' }) => {
      if (!/\/logs$|complete$/.test(url) || lost.has(url)) return 'pass'
      lost.add(url)
      return 'swallow the answer'
    }
    const id = await bench.enqueue('counting')
    expect(await worker.run()).toMatchObject({ succeeded: 1 })
    expect(lost.size).toBe(2)
    expect(await logOf(server, id, { raw: true })).toBe(
      Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join(''),
    )
  })

  it('is kept where the worker’s own log cannot be written', async () => {
    const fail = () => {
      throw new Error('the disk is full')
    }
    const { bench, proxy, worker } = await embed(
      {
        wordy: (_run, { log }) =>
          void Promise.resolve()
            .then(() => log('a word'))
            .catch(() => {}),
      },
      { once: true, log: { info: fail, warn: fail, error: fail } },
    )
    let refused = 0
    proxy.whim = ({ url = '' }, response) => {
      if (!url.endsWith('/logs') || refused++ > 1) return 'pass'
      response.writeHead(503).end()
      return 'done'
    }
    const id = await bench.enqueue('wordy')
    expect(await worker.run()).toMatchObject({ succeeded: 1 })
    expect(await logOf(server, id, { raw: true })).toBe('a word\n')
  })

  it('that the ledger will never take is put aside, and the run ends all the same', async () => {
    const { bench, proxy, worker } = await embed({ wordy: (_run, { log }) => log('a word') }, { once: true })
    proxy.whim = ({ url = '' }, response) => {
      if (!url.endsWith('/logs')) return 'pass'
      response.writeHead(404, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ code: 'not_found', status: 404, detail: 'no such route' }))
      return 'done'
    }
    const id = await bench.enqueue('wordy')
    expect(await worker.run()).toMatchObject({ succeeded: 1, lost: 0 })
    expect(await bench.read(id)).toMatchObject({ state: 'succeeded', logBytes: 0 })
    expect(await inSpool(bench.home)).toEqual(['refused'])
  })

  it('of a run that failed, was canceled or given back is there, too', async () => {
    const bench = benchOn(server)
    const failing = await bench.enqueue('test.secret', { input: { token: 'plain' } })
    const [canceled, given] = [await bench.enqueue('test.sleep'), await bench.enqueue('test.sleep')]
    const worker = bench.worker(['--handlers', HANDLERS, '--lease', '10s', '--drain', '0s'])
    expect(await bench.becomes(failing, 'failed')).toMatchObject({
      error: expect.stringContaining('refused plain'),
    })
    await worker.says(/begun.*begun/s)
    await bench.cancel(canceled)
    await bench.becomes(canceled, 'canceled')
    worker.process.kill('SIGTERM')
    const { code, stdout } = await worker.ended
    expect(code).toBe(0)
    expect(await bench.read(given)).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    expect(endOf(stdout, canceled)).toMatchObject({ outcome: 'canceled' })
    expect(endOf(stdout, given)).toMatchObject({ outcome: 'released' })
    expect(await logOf(server, failing, { raw: true })).toBe('using plain {"header":"Bearer plain"}\n')
    for (const id of [canceled, given]) expect(await logOf(server, id, { raw: true })).toBe('begun\n')
    expect(await inSpool(bench.home)).toEqual([])
  })

  it('stands beside the files that its handler keeps: bytes, text, a file, a stream', async () => {
    const failures: unknown[] = []
    const { bench, worker } = await embed(
      {
        files: async (_run, { output }) => {
          await output('bytes.bin', Buffer.from([0, 255, 10]))
          await output('notes/text.txt', 'words', { contentType: 'text/plain' })
          await output('handlers.ts', { file: HANDLERS })
          await output('stream.csv', Readable.from(['a,b\n', 'c,d\n']))
          await output('empty', Readable.from([]))
          await output('../outside', 'words').catch((error) => failures.push(error))
          await output('missing', { file: '/no/such/file' }).catch((error) => failures.push(error))
        },
      },
      { once: true },
    )
    const id = await bench.enqueue('files')
    expect(await worker.run()).toMatchObject({ succeeded: 1 })
    expect(failures).toMatchObject([{ code: 'invalid' }, { code: 'invalid' }])
    const { body } = await server.api.get<{ data: object[] }>(`/v1/runs/${id}/outputs`)
    expect(body.data).toMatchObject([
      { path: 'bytes.bin', bytes: 3 },
      { path: 'empty', bytes: 0 },
      { path: 'handlers.ts', bytes: (await readFile(HANDLERS)).length },
      { path: 'notes/text.txt', bytes: 5, contentType: 'text/plain' },
      { path: 'stream.csv', bytes: 8 },
    ])
  })

  it('of one attempt follows that of the one before', async () => {
    const { bench, worker } = await embed({
      twice: ({ attempt }, { log }) => {
        log(`attempt ${attempt}`)
        if (attempt === 1) throw new Error('not yet')
      },
    })
    const id = await bench.enqueue('twice', { maxAttempts: 2 })
    const working = worker.run()
    await bench.becomes(id, 'succeeded')
    expect(await logOf(server, id, { raw: true })).toBe('attempt 1\nattempt 2\n')
    worker.stop()
    expect(await working).toMatchObject({ retried: 1, succeeded: 1 })
  })
})
