import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHome, runCli, until } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { benchOn, HANDLERS, linesOf } from '../worker/support.ts'

const CALLER = 'b7ad6b7169203331'

describe('a server process', () => {
  let server: ServerProcess & { close(): Promise<void> }
  let home: Awaited<ReturnType<typeof makeHome>>
  let env: Record<string, string>
  beforeAll(async () => {
    home = await makeHome()
    const preload = `--import ${join(import.meta.dirname, 'fixtures/otel.mjs')}`
    env = { NODE_OPTIONS: preload, SPANS_FILE: join(home.path, 'spans.ndjson') }
    server = await startServerWithDatabase(env)
  })
  afterAll(async () => {
    await server?.close()
    await home?.remove()
  })
  const spans = async () =>
    (await readFile(env.SPANS_FILE ?? '', 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))

  it('logs a line a request, and traces it where an SDK was loaded before it', async () => {
    const headers = {
      traceparent: `00-0af7651916cd43dd8448eb211c80319c-${CALLER}-01`,
      'x-request-id': 'mine',
    }
    await server.api.get('/v1/runs', { headers })
    const line = { requestId: 'mine', method: 'GET', path: '/v1/runs', status: 200 }
    await until(() => linesOf(server.cli.stdout()).some((one) => one.requestId === 'mine'))
    expect(linesOf(server.cli.stdout()).find((one) => one.requestId === 'mine')).toMatchObject(line)
    expect(await spans()).toContainEqual({
      name: 'GET /v1/runs',
      attributes: expect.objectContaining({ 'runledger.request.id': 'mine' }),
      parent: CALLER,
    })
  })

  it('has workers that trace their runs the same way', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.quick')
    const args = ['worker', '--once', '--project', bench.projectId, '--handlers', HANDLERS]
    await runCli(args, { env: { ...server.env, ...env } })
    const ofRun = (await spans()).filter(({ attributes }) => attributes['runledger.run.attempt'])
    expect(ofRun).toMatchObject([{ attributes: { 'runledger.run.id': id, 'runledger.run.attempt': 1 } }])
  })
})

describe('LOG_LEVEL', () => {
  it.each([
    ['warn', 0],
    ['info', 1],
  ])(
    '%s: a server logs %i lines of a request that is well, and a worker its own or none',
    async (LOG_LEVEL, count) => {
      const server = await startServerWithDatabase({ LOG_LEVEL })
      const { path: HOME, remove } = await makeHome()
      try {
        await server.api.get('/v1/runs')
        const bench = benchOn(server)
        const args = ['worker', '--once', '--project', bench.projectId, '--handlers', HANDLERS]
        const worker = await runCli(args, { env: { ...server.env, HOME, LOG_LEVEL } })
        expect(worker).toMatchObject({ code: 0, stderr: '' })
        expect(linesOf(worker.stdout)).toHaveLength(count * 2)
      } finally {
        await Promise.all([server.close(), remove()])
      }
      const { stdout } = await server.cli.ended
      expect(linesOf(stdout).filter(({ path }) => path === '/v1/runs')).toHaveLength(count)
    },
  )
})

describe('an error that nothing catches', () => {
  it('ends the server, and its last line says why', async () => {
    const preload = `--import ${join(import.meta.dirname, 'fixtures/crash.mjs')}`
    const server = await startServerWithDatabase({ NODE_OPTIONS: preload })
    server.cli.process.kill('SIGUSR2')
    const { code, stdout, stderr } = await server.cli.ended
    await server.close()
    expect(code).toBe(1)
    expect(linesOf(stdout).at(-1)).toMatchObject({
      level: 'error',
      message: 'an error that nothing catches: the server ends',
      error: { message: 'boom', stack: expect.stringContaining('boom') },
    })
    expect(stderr).toContain('boom')
  })
})
