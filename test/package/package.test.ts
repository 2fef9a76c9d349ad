import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, until } from '../support/cli.ts'
import { createEmptyDatabase } from '../support/database.ts'
import { ADMIN_KEY, api } from '../support/server.ts'
import { type Installed, installPackage } from './packed.ts'

const PROGRAM = `
import { createClient, type Client, type Run } from 'runledger/client'
import { createWorker, type Handler, NonRetryableError, RunStopped, type Summary } from 'runledger/worker'

const client: Client = createClient({ url: 'http://127.0.0.1:1', apiKey: 'none', retries: 0 })
const handler: Handler = async (run, { signal }) => {
  const isText: string = run.kind
  if (signal.reason instanceof RunStopped && signal.reason.reason === 'canceled') throw new NonRetryableError(isText)
}
export async function main(): Promise<Summary> {
  const { run } = await client.enqueueRun({ kind: 'a', labels: { team: 'data' } })
  if (run.state === 'queued') { const none: null = run.startedAt; void none }
  const runs: Run[] = (await client.listRuns({ state: 'failed' })).data
  // @ts-expect-error A run has a kind.
  await client.enqueueRun({ labels: {} })
  // @ts-expect-error There is no such state.
  if (runs[0]?.state === 'done') return Promise.reject()
  return createWorker({ client, handlers: { a: handler }, concurrency: 2 }).run()
}
`

describe('the package, installed in an empty folder', () => {
  let installed: Installed
  beforeAll(async () => {
    installed = await installPackage()
    await cp(join(ROOT, 'test/examples'), installed.folder, { recursive: true })
  }, 240_000)
  afterAll(() => installed?.remove())

  it('has what was built, the migrations and nothing that needs a build', () => {
    const allowed =
      /^(dist\/[\w/-]+\.(js|d\.ts)|lib\/cli\/runledger\.js|drizzle\/(postgres|sqlite)\/(\d+_\w+\.sql|meta\/_journal\.json)|README\.md|package\.json)$/
    expect(installed.files.filter((path) => !allowed.test(path))).toEqual([])
    expect(installed.files).toEqual(
      expect.arrayContaining(['dist/client/index.js', 'dist/client/index.d.ts', 'dist/worker/index.d.ts']),
    )
    expect(installed.files.filter((path) => path.startsWith('dist/functions/'))).toEqual([])
  })

  it('brings a command that records runs on this machine', async () => {
    const env = { RUNLEDGER_HOME: join(installed.folder, 'home') }
    const exec = await installed.start(['exec', '--kind', 'packed', '--', 'echo', 'hi'], env).ended
    expect(exec).toMatchObject({ code: 0, stdout: 'hi\n', stderr: '' })
    const list = await installed.start(['runs', 'list', '--json'], env).ended
    expect(JSON.parse(list.stdout)).toMatchObject([{ kind: 'packed', state: 'succeeded' }])
    expect((await installed.start(['--version']).ended).stdout).toBe('0.1.0\n')
  })

  it('serves, and its examples do what they say', async () => {
    const database = await createEmptyDatabase()
    const home = join(installed.folder, 'server')
    const server = installed.start(['serve'], {
      PORT: '0',
      DATABASE_URL: database.url,
      RUNLEDGER_DATA_DIR: home,
      RUNLEDGER_ADMIN_KEY: ADMIN_KEY,
    })
    const [, url = ''] = await server.says(/Runledger is ready on (\S+)/)
    const env = {
      RUNLEDGER_API_URL: url,
      RUNLEDGER_API_KEY: ADMIN_KEY,
      RUNLEDGER_SECRET_DATABASE: 'postgres://secret',
    }
    const worker = installed.node('worker.ts', [], env)
    const first = await installed.node('client.ts', [], env).ended
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'enqueued',
        'run.enqueued',
        'run.started',
        'run.succeeded',
        'succeeded: s3://reports/2026-11.pdf',
      ]),
    )
    const again = await installed.node('client.ts', [], env).ended
    expect(again.stdout).toMatch(/^already there\n/)
    worker.process.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('done: 1 succeeded, 0 failed'),
    })
    expect(worker.stdout()).not.toContain('postgres://secret')

    // The same handlers by the command.
    const { body } = await api(url, ADMIN_KEY).post('/v1/runs', {
      kind: 'report.build',
      input: { month: 'May' },
    })
    const once = await installed.start(['worker', '--once', '--handlers', 'handlers.ts'], env).ended
    expect(once).toMatchObject({ code: 1, stdout: expect.stringContaining('May is no month') })
    const { body: run } = await api(url, ADMIN_KEY).get(`/v1/runs/${body.id}`)
    expect(run).toMatchObject({ state: 'failed' })
    server.process.kill('SIGTERM')
    await until(async () => (await server.ended).code === 0)
    await database.drop()
  })

  it('has types that hold under the strictest check, its own declarations included', async () => {
    await writeFile(join(installed.folder, 'program.ts'), PROGRAM)
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      target: 'es2024',
      module: 'nodenext',
      allowImportingTsExtensions: true,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      types: ['node'],
    }
    const include = ['program.ts', 'client.ts', 'worker.ts', 'handlers.ts']
    await writeFile(join(installed.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
    const { code, stdout } = await installed.node(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', '.'])
      .ended
    expect([code, stdout]).toEqual([0, ''])
  }, 60_000)
})
