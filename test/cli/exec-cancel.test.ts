import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Run } from '../../lib/run/run.ts'
import { isAlive } from '../process/support/run-captured.ts'
import { makeHome, startCli, until } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { unique } from '../support/make.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

describe('exec, canceled from elsewhere', () => {
  let database: TestDatabase
  let server: ServerProcess & { close(): Promise<void> }
  let home: Awaited<ReturnType<typeof makeHome>>
  beforeAll(async () => {
    home = await makeHome()
    database = await createDatabase()
    server = await startServerWithDatabase({ DATABASE_URL: database.url })
  })
  afterAll(async () => {
    await server?.close()
    await database?.drop()
    await home?.remove()
  })

  const begin = async (script: string, ...options: string[]) => {
    const kind = unique('cancel')
    const cli = startCli(['exec', '--kind', kind, ...options, '--', 'sh', '-c', script], {
      env: { HOME: home.path, ...server.env },
    })
    const read = async () =>
      (await server.api.get<{ data: Run[] }>(`/v1/runs?kind=${kind}`)).body.data[0] as Run
    const { id } = await until(read, 'the run')
    return { ...cli, id, read, cancel: () => server.api.post(`/v1/runs/${id}:cancel`, { reason: 'enough' }) }
  }

  it('stops the whole tree at the next sign of progress, and the run reads canceled', async () => {
    const tree = 'sleep 60 & echo $!; while :; do echo progress: 5; sleep 0.5; done'
    const { ended, says, cancel, read } = await begin(tree)
    const [grandchild] = await says(/^\d+$/m)
    expect((await cancel()).status).toBe(200)
    const began = performance.now()
    const { code, stderr } = await ended
    expect(performance.now() - began).toBeLessThan(10_000)
    expect([code, stderr]).toEqual([143, ''])
    expect(isAlive(Number(grandchild))).toBe(false)
    expect(await read()).toMatchObject({
      state: 'canceled',
      exitCode: 143,
      errorCode: 'canceled',
      error: expect.stringMatching(/^canceled after/),
    })
  })

  it('reads canceled, too, when it ignores the signal and is killed after the grace', async () => {
    const stubborn = 'trap "" TERM; while :; do echo progress: 5; sleep 0.5; done'
    const { ended, cancel, read } = await begin(stubborn, '--grace', '1s')
    await cancel()
    expect((await ended).code).toBe(137)
    expect(await read()).toMatchObject({ state: 'canceled', exitCode: 137 })
  })

  it('has succeeded when it was through before it heard of it', async () => {
    const { ended, cancel, read } = await begin('sleep 1; exit 0')
    await cancel()
    expect((await ended).code).toBe(0)
    expect(await read()).toMatchObject({ state: 'succeeded', exitCode: 0 })
  })

  it('stops, too, when it was cut off for longer than its lease meanwhile', async () => {
    const {
      id,
      process: cli,
      ended,
      says,
      cancel,
      read,
    } = await begin('echo $$; while :; do echo progress: 5; sleep 0.5; done')
    const [pid] = await says(/^\d+$/m)
    cli.kill('SIGSTOP')
    // A stopped process would outlive a test that fails.
    onTestFinished(() => {
      cli.kill('SIGKILL')
      if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL')
    })
    await cancel()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = '${id}'`)
    await client.end()
    await until(async () => (await read()).state === 'canceled', 'the sweep', 40_000)
    expect(isAlive(Number(pid))).toBe(true)
    cli.kill('SIGCONT')
    const { code, stderr } = await ended
    expect([code, stderr]).toEqual([143, ''])
    expect(isAlive(Number(pid))).toBe(false)
    expect(await read()).toMatchObject({ state: 'canceled', errorCode: 'canceled' })
  }, 60_000)
})
