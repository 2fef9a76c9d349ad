import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../support/cli.ts'
import { type ServerProcess, startServer } from '../support/server.ts'
import { makeTemporaryFolder } from '../support/temporary-folder.ts'

let folder: string
let server: ServerProcess
beforeAll(async () => {
  folder = await makeTemporaryFolder()
  server = await startServer({ RUNLEDGER_DATA_DIR: join(folder, 'data') })
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 50 })
})

/** The database's processes, as of now: a connection has one. */
async function processes(): Promise<number[]> {
  const postmaster = Number.parseInt(await readFile(join(folder, 'data/postgres/postmaster.pid'), 'utf8'), 10)
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  return [postmaster, ...children.trim().split(' ').map(Number)]
}

// Like a host that is cut off: nothing is refused and nothing is answered.
it.runIf(process.platform === 'linux')(
  'a database that falls silent is a 503 in time, on open connections too, and is back when it speaks',
  { timeout: 60_000 },
  async () => {
    const ask = async () => {
      const began = performance.now()
      const all = [
        server.api.get('/v1/runs'),
        server.api.get('/v1/runs?limit=1'),
        server.api.post('/v1/runs', { kind: 'test.frozen' }),
        server.api.post('/v1/runs:claim', { workerId: 'w' }),
      ]
      const statuses = (await Promise.all(all)).map(({ status }) => status)
      return { statuses, tookMs: performance.now() - began }
    }
    expect((await ask()).statuses).toEqual([200, 200, 201, 200])
    const frozen = await processes()
    for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    const answers = await ask().finally(() => {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    })
    expect(answers.statuses).toEqual([503, 503, 503, 503])
    expect(answers.tookMs).toBeLessThan(20_000)
    await until(async () => (await ask()).statuses.every((status) => status < 300), 'the recovery')
  },
)
