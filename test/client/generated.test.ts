import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, startProcess } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'

/** As much of what the generator makes as is called here. */
interface Generated {
  enqueueRun(body: object, init: RequestInit): Promise<Answer>
  claimRuns(body: object, init: RequestInit): Promise<Answer>
  heartbeatRun(id: string, body: object, init: RequestInit): Promise<Answer>
  succeedRun(id: string, body: object, init: RequestInit): Promise<Answer>
  getRun(id: string, init: RequestInit): Promise<Answer>
}
interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: its types are checked by the compiler, in the folder it was made in.
  data: any
}

const PROGRAM = `
import { claimRuns, enqueueRun, type Run } from './client.ts'
const headers = { authorization: 'Bearer key' }
const made = await enqueueRun({ kind: 'a.kind', labels: { team: 'data' } }, { headers })
if (made.status === 201) {
  const run: Run = made.data
  if (run.state === 'queued') { const none: null = run.startedAt; void none }
}
// @ts-expect-error A run has a kind.
await enqueueRun({ labels: {} })
const claims = await claimRuns({ workerId: 'w' }, { headers })
if (claims.status === 200) for (const { run, leaseToken } of claims.data.data) { const id: string = run.id + leaseToken; void id }
`

describe('a client that orval made of the OpenAPI document', () => {
  let server: ServerProcess & { close(): Promise<void> }
  let folder: string
  beforeAll(async () => {
    server = await startServerWithDatabase()
    folder = await mkdtemp(join(tmpdir(), 'runledger-generated-'))
    const document = await server.api.get('/v1/openapi.json')
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(document.body))
    const output = { target: './client.ts', client: 'fetch', mode: 'single', baseUrl: server.url }
    const config = { ledger: { input: './openapi.json', output } }
    await writeFile(join(folder, 'orval.config.mjs'), `export default ${JSON.stringify(config)}`)
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const generator = join(ROOT, 'node_modules/orval/dist/bin/orval.mjs')
    const { code, stdout, stderr } = await inFolder(generator, '--config', 'orval.config.mjs')
    expect(code, stdout + stderr).toBe(0)
  })
  afterAll(async () => {
    await server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const inFolder = (script: string, ...args: string[]) =>
    startProcess(process.execPath, [script, ...args], { cwd: folder, env: { HOME: folder } }).ended

  it('enqueues, claims and completes a run', async () => {
    const client: Generated = await import(pathToFileURL(join(folder, 'client.ts')).href)
    const init = { headers: { authorization: `Bearer ${ADMIN_KEY}` } }
    const kind = unique('generated')
    const enqueued = await client.enqueueRun({ kind, input: { month: '2026-11' } }, init)
    expect(enqueued).toMatchObject({ status: 201, data: { kind, state: 'queued' } })
    const claimed = await client.claimRuns({ workerId: 'generated', kinds: [kind] }, init)
    expect(claimed).toMatchObject({ status: 200, data: { data: [{ run: { id: enqueued.data.id } }] } })
    const [{ run, leaseToken }] = claimed.data.data
    const beaten = await client.heartbeatRun(run.id, { leaseToken, progress: 50 }, init)
    expect(beaten).toMatchObject({ status: 200, data: { cancelRequested: false } })
    const ended = await client.succeedRun(run.id, { leaseToken, outputRef: 'made' }, init)
    expect(ended).toMatchObject({ status: 200, data: { state: 'succeeded', outputRef: 'made' } })
    const unknown = await client.getRun('01KBQK6M3V8Z5W0X2Y4A6C8E9G', init)
    expect(unknown).toMatchObject({ status: 404, data: { code: 'not_found' } })
  })

  it('has the types of the API', async () => {
    await writeFile(join(folder, 'program.ts'), PROGRAM)
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2024',
      lib: ['es2024', 'dom', 'dom.iterable'],
      module: 'nodenext',
      allowImportingTsExtensions: true,
      types: [],
    }
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['client.ts', 'program.ts'] }),
    )
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    const { code, stdout } = await inFolder(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.')
    expect([code, stdout]).toEqual([0, ''])
    expect(await readdir(folder)).toContain('client.ts')
  })
})
