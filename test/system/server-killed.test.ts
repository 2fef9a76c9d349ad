import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Run } from '../../lib/run/run.ts'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { makeHome, runCli, until } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { killsOr, timeForKills } from '../support/kills.ts'
import { ADMIN_KEY, type ServerProcess, startServer } from '../support/server.ts'

const KILLS = killsOr(6)
const KIND = 'test.server-killed'
const LINES = 2_000
/** Lines of every size, some at a time, for about two seconds. */
const PRINT = `i=0; while [ $i -lt ${LINES} ]; do echo "line $i"; i=$((i+1)); [ $((i % 100)) -eq 0 ] && sleep 0.1; done; exit 3`
const EXPECTED = Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join('')

let database: TestDatabase
let homes: Awaited<ReturnType<typeof makeHome>>[]
let server: ServerProcess
let port: number
const start = () =>
  startServer({
    HOME: homes[0]?.path ?? '',
    RUNLEDGER_DATA_DIR: `${homes[0]?.path}/data`,
    RUNLEDGER_ADMIN_KEY: ADMIN_KEY,
    DATABASE_URL: database.url,
    PORT: String(port),
  })

beforeAll(async () => {
  port = await freePort()
  ;[database, ...homes] = await Promise.all([createDatabase(), makeHome(), makeHome()])
  server = await start()
})
afterAll(async () => {
  await server?.stop()
  await Promise.all([database?.drop(), ...(homes ?? []).map((home) => home.remove())])
})

it('a server killed at random moments costs no run its end, and no log a line', {
  timeout: timeForKills(KILLS, 15_000),
}, async () => {
  const env = { ...server.env, HOME: homes[1]?.path ?? '' }
  let isOver = false
  let count = 0
  const executor = async () => {
    while (!isOver) {
      count++
      const { code, stdout } = await runCli(['exec', '--kind', KIND, '--', 'sh', '-c', PRINT], { env })
      expect([code, stdout === EXPECTED]).toEqual([3, true])
    }
  }
  const executors = Promise.all([executor(), executor()])
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(Math.random() * 2_500)
    server.cli.process.kill('SIGKILL')
    await server.cli.ended
    server = await start()
  }
  isOver = true
  await executors
  expect(await runCli(['flush'], { env })).toMatchObject({ code: 0, stderr: '' })

  const runs = await until(async () => {
    const runs = await allRuns()
    return runs.every(({ logFile }) => logFile !== null) && runs
  }, 'every log to be one object')
  expect(runs).toHaveLength(count)
  for (const run of runs) {
    expect(run).toMatchObject({ state: 'failed', exitCode: 3, error: 'exit code 3' })
    const { code, stdout } = await runCli(['runs', 'logs', run.id, '--raw'], { env })
    expect([code, stdout === EXPECTED]).toEqual([0, true])
    const { body } = await server.api.get<{ data: { type: string }[] }>(`/v1/runs/${run.id}/events`)
    expect(body.data.filter(({ type }) => type === 'run.failed' || type === 'run.recovered')).toHaveLength(1)
  }
})

async function allRuns(): Promise<Run[]> {
  const runs: Run[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/v1/runs?kind=${KIND}&limit=100${cursor && `&cursor=${cursor}`}`
    const { body } = await server.api.get<{ data: Run[]; nextCursor: string | null }>(path)
    runs.push(...body.data)
    cursor = body.nextCursor
  }
  return runs
}
