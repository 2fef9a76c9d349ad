import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../lib/cli/commands/doctor.ts'
import { startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { migratePostgres } from '../../lib/store/postgres/migrate.ts'
import { makeHome, runCli, until } from '../support/cli.ts'
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { startS3Server } from '../support/s3-server/start.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { makeTemporaryFolder } from '../support/temporary-folder.ts'

let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => home?.remove())

const doctor = async (env: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await runCli(['doctor', '--json'], {
    env: { HOME: home.path, RUNLEDGER_HOME: home.path, ...env },
  })
  expect(stderr).toBe('')
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] }
  expect(ok).toBe(code === 0)
  return { code, all: findings, of: (name: string) => findings.find((finding) => finding.name === name) }
}

describe('doctor on this machine', () => {
  it('finds nothing wrong with an empty home, and says so', async () => {
    const { code, stdout, stderr } = await runCli(['doctor'], { env: { HOME: home.path } })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ok {3}program +runledger \d+\.\d+\.\d+ on Node \d+/)
    expect(stdout).toMatch(
      /\nok {3}metering .*\nok {3}configuration .*\nok {3}home .*\nok {3}local database .*\nok {3}spool .*\n\nAll is well\.\n$/,
    )
  })

  it('fails with 5 where the home cannot be written to', async () => {
    const { code, of } = await doctor({ RUNLEDGER_HOME: '/dev/null/x' })
    expect(code).toBe(5)
    expect(of('home')).toMatchObject({ status: 'fail', advice: expect.stringContaining('RUNLEDGER_HOME') })
  })

  it('fails with 5 where the file is no database', async () => {
    const other = await makeHome()
    await writeFile(
      join(other.path, 'runs.db'),
      'not a database at all, but long enough to be looked at'.repeat(20),
    )
    const { code, of } = await doctor({ RUNLEDGER_HOME: other.path })
    expect([code, of('local database')?.status]).toEqual([5, 'fail'])
    await other.remove()
  })

  it('fails with 2 where a variable is wrong, and names it', async () => {
    const { code, of } = await doctor({ RUNLEDGER_API_URL: 'nowhere' })
    expect(code).toBe(2)
    expect(of('configuration')?.message).toContain('RUNLEDGER_API_URL is "nowhere"')
  })
})

describe('doctor of a server', () => {
  let server: ServerProcess & { close(): Promise<void> }
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase()
    server = await startServerWithDatabase({ DATABASE_URL: database.url })
  })
  afterAll(async () => {
    await server?.close()
    await database?.drop()
  })

  it('finds nothing wrong with one that is there, and names what the key may do', async () => {
    const { code, of } = await doctor(server.env)
    expect(code).toBe(0)
    expect(of('server')?.status).toBe('ok')
    expect(of('clock')?.status).toBe('ok')
    expect(of('key')?.message).toBe('good for runs:read, runs:write, runs:work, admin')
  })

  it('tells what a lesser key is for, and leaves nothing behind', async () => {
    const { body } = await server.api.post('/v1/keys', {
      name: 'r',
      scopes: ['runs:read', 'runs:work'],
      projectId: 'acme',
    })
    const { code, of } = await doctor({ ...server.env, RUNLEDGER_API_KEY: String(body.key) })
    expect(code).toBe(0)
    expect(of('key')?.message).toBe(
      'good for runs:read, runs:work; not for runs:write (enqueue, cancel, retry), admin (keys)',
    )
    expect((await server.api.get<{ data: unknown[] }>('/v1/runs')).body.data).toEqual([])
  })

  it.each([
    ['unknown', 'rl_nonsense', /not known/],
    ['absent', '', /RUNLEDGER_API_KEY is not set/],
  ])('fails with 4 where the key is %s', async (_what, key, words) => {
    const { code, of } = await doctor({ ...server.env, RUNLEDGER_API_KEY: key })
    expect(code).toBe(4)
    expect(of('key')).toMatchObject({ status: 'fail', message: expect.stringMatching(words) })
    expect(of('key')?.advice).toContain('runledger keys create')
  })

  it('fails with 5 where nothing listens; a home that fails is then only something to look at', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const { code, of } = await doctor({
      ...server.env,
      RUNLEDGER_API_URL: url,
      RUNLEDGER_HOME: '/dev/null/x',
    })
    expect(code).toBe(5)
    expect(of('server')?.message).toBe(`${url} cannot be reached (ECONNREFUSED)`)
    expect(of('home')?.status).toBe('warn')
  })

  it.each([
    ['is another program’s', 200, {}, /answers 200, but not as a Runledger server/],
    [
      'points elsewhere',
      302,
      { location: 'https://login.example.com/' },
      /points to https:\/\/login\.example\.com\//,
    ],
  ])('fails with 5 where the address %s', async (_what, status, headers, words) => {
    const { url, close } = await listen((_request, response) => response.writeHead(status, headers).end('{}'))
    const { code, of } = await doctor({ RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: 'any' })
    expect([code, of('server')?.message]).toEqual([5, expect.stringMatching(words)])
    await close()
  })

  it('tells which cron jobs do not run, and which were missed or late', async () => {
    expect((await doctor(server.env)).of('cron')).toMatchObject({ status: 'ok' })
    const action = { type: 'enqueue', kind: 'a' }
    const make = async (name: string, schedule: string) =>
      (await server.api.post<{ id: string }>('/v1/cron-jobs', { name, schedule, action })).body.id
    await make('nightly', '$' + '{NOBODY_HAS_SET_SCHEDULE}')
    const hour = new Date(Date.now() - 7_200_000)
    hour.setUTCMinutes(0, 0, 0)
    const ids = [await make('often', '*/5 * * * *'), await make('daily', `0 ${hour.getUTCHours()} * * *`)]
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(
      `UPDATE cron_jobs SET "nextRunAt" = CASE WHEN id = $1 THEN "nextRunAt" - interval '1 hour' ELSE $3::timestamptz END
       WHERE id IN ($1, $2)`,
      [...ids, hour.toISOString()],
    )
    await client.end()
    const warnings = await until(async () => {
      const { all } = await doctor(server.env)
      const found = all.filter(({ name }) => name === 'cron').map(({ message }) => message)
      return found.length === 3 && found
    }, 'all warnings')
    expect(warnings[0]).toMatch(/^nightly does not run: .*NOBODY_HAS_SET_SCHEDULE/)
    expect(warnings[1]).toMatch(
      /^\d+ occurrences of often were missed in the last day: ticks came up to (1 h|5\d min \d+ s|5\d min) late$/,
    )
    expect(warnings[2]).toMatch(
      /^1 occurrence of daily was late in the last day: ticks came up to [23] h( \d+ min)? late$/,
    )
  })

  it('notices a clock that is off', async () => {
    const { url, close } = await listen(async (request, response) => {
      const { status, headers, body } = await forward(server.url, request.url ?? '')
      headers.date = new Date(Date.now() - 120_000).toUTCString()
      response.writeHead(status, headers).end(body)
    })
    const { of } = await doctor({ ...server.env, RUNLEDGER_API_URL: url })
    expect(of('clock')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^this machine is (1 min 5\d s|2 min) ahead of the server$/),
    })
    await close()
  })
})

describe('doctor of a database', () => {
  it('finds one that was not migrated, until it is', async () => {
    const database = await createEmptyDatabase()
    const before = await doctor({ DATABASE_URL: database.url })
    expect(before.code).toBe(4)
    expect(before.of('database')).toMatchObject({ status: 'fail', advice: 'runledger migrate' })
    expect((await runCli(['migrate'], { env: { DATABASE_URL: database.url } })).code).toBe(0)
    const after = await doctor({ DATABASE_URL: database.url })
    expect([after.code, after.of('database')?.status]).toEqual([0, 'ok'])
    await database.drop()
  })

  describe('that is there', () => {
    let folder: string
    let server: Awaited<ReturnType<typeof startEmbeddedPostgres>>
    /** The run's own server trusts everybody. */
    beforeAll(async () => {
      folder = await makeTemporaryFolder()
      const dataDir = join(folder, 'postgres')
      server = await startEmbeddedPostgres({ dataDir, durable: false, password: 'of-the-owner' })
      await migratePostgres(server.url)
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query("CREATE ROLE reader LOGIN PASSWORD 'right'")
      await client.end()
    })
    afterAll(async () => {
      await server?.stop('immediate')
      await rm(folder, { recursive: true, force: true })
    })
    const as = (username: string, password: string) =>
      Object.assign(new URL(server.url), { username, password }).href

    it.each([
      [
        'a user that is not',
        5,
        () => as('nobody', 'geheim'),
        /the database refuses this user or this password; correct DATABASE_URL$/,
      ],
      [
        'a wrong password',
        5,
        () => as('reader', 'geheim'),
        /the database refuses this user or this password; correct DATABASE_URL$/,
      ],
      [
        'no password',
        5,
        () => as('reader', ''),
        /the database refuses this user or this password; correct DATABASE_URL$/,
      ],
      [
        'a user without rights',
        5,
        () => as('reader', 'right'),
        /does not let this user do that; grant it the right$/,
      ],
      [
        'a name it has no database of',
        5,
        () => server.url.replace(/postgres$/, 'nosuchdb'),
        /: the server has no database of this name; create it, or correct DATABASE_URL$/,
      ],
      [
        'a way of speaking that it does not know',
        5,
        () => `${server.url}?sslmode=verify-full`,
        /does not support SSL/,
      ],
    ])('is not used with %s, which ends with %i', async (_what, code, url, words) => {
      const env = { DATABASE_URL: url() }
      const seen = await doctor(env)
      expect(seen.code).toBe(code)
      expect(seen.of('database')).toMatchObject({ status: 'fail', message: expect.stringMatching(words) })
      expect(JSON.stringify(seen.of('database'))).not.toContain('geheim')
      if (words.source.includes('SSL')) return
      expect(await runCli(['keys', 'list'], { env })).toMatchObject({
        code,
        stdout: '',
        stderr: expect.stringMatching(/^runledger: the (database|server) [^\n]+\n$/),
      })
    })
  })

  it('fails with 5 where nothing listens, and does not show the password', async () => {
    const { code, of } = await doctor({
      DATABASE_URL: `postgres://me:geheim@127.0.0.1:${await freePort()}/db`,
    })
    expect([code, of('database')?.status]).toEqual([5, 'fail'])
    expect(JSON.stringify(of('database'))).not.toContain('geheim')
  })
})

async function listen(handler: Parameters<typeof createServer>[1]) {
  const listener = createServer(handler as never)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const close = () => new Promise<void>((resolve) => listener.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}`, close }
}

async function forward(url: string, path: string) {
  const answer = await fetch(new URL(path, url))
  const headers: Record<string, string> = { 'content-type': answer.headers.get('content-type') ?? '' }
  return { status: answer.status, headers, body: await answer.text() }
}

describe('doctor of a bucket', () => {
  let bucket: Awaited<ReturnType<typeof startS3Server>>
  let env: Record<string, string>
  beforeAll(async () => {
    bucket = await startS3Server()
    const { endpoint, bucket: name, region, accessKeyId, secretAccessKey } = bucket.options
    env = {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: name,
      S3_REGION: region,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    }
  })
  afterAll(() => bucket?.close())

  it('tries what everything else relies on', async () => {
    const { code, of } = await doctor(env)
    expect(code).toBe(0)
    expect(of('bucket')).toMatchObject({ status: 'ok', message: expect.stringContaining('page by page') })
  })

  it('fails with 5 where the keys are wrong, without telling them', async () => {
    const { code, of } = await doctor({ ...env, S3_SECRET_ACCESS_KEY: 'not-the-secret' })
    expect(code).toBe(5)
    expect(of('bucket')).toMatchObject({ status: 'fail', advice: expect.stringContaining('S3_BUCKET') })
    expect(JSON.stringify(of('bucket'))).not.toContain('not-the-secret')
  })

  it('fails with 2 where half of it is configured, and names the rest', async () => {
    const { S3_REGION: _, ...half } = env
    const { code, of } = await doctor(half)
    expect(code).toBe(2)
    expect(of('configuration')?.message).toContain('S3_REGION')
  })
})
