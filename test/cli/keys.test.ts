import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Key, NewKey } from '../../lib/ledger/keys/keys.ts'
import { makeHome, runCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { api, type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const UNKNOWN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
let database: TestDatabase
let server: ServerProcess & { close(): Promise<void> }
beforeAll(async () => {
  database = await createDatabase()
  server = await startServerWithDatabase({ DATABASE_URL: database.url })
})
afterAll(async () => {
  await server?.close()
  await database?.drop()
})

/** Each test sees the same keys by both ways, and asks the server whether they are good. */
describe.each([
  ['through a server', () => ({ ...server.env })],
  ['in a database', () => ({ DATABASE_URL: database.url })],
])('keys %s', (_name, env: () => Record<string, string>) => {
  const keys = (...args: string[]) => runCli(['keys', ...args], { env: env() })
  const statusOf = async (key: string) => (await api(server.url, key).get('/v1/runs')).status
  const create = async (...args: string[]) => {
    const { code, stdout } = await keys(
      'create',
      '--json',
      '--name',
      'a key',
      '--scope',
      'runs:read',
      ...args,
    )
    expect(code).toBe(0)
    return JSON.parse(stdout) as NewKey
  }

  it('create prints the key, once and first, and it opens the door', async () => {
    const { code, stdout, stderr } = await keys(
      'create',
      '--name',
      'ci',
      '--scope',
      'runs:read',
      'runs:write',
    )
    expect([code, stderr]).toEqual([0, ''])
    const [key = '', blank, note] = stdout.split('\n')
    expect(blank).toBe('')
    expect(note).toMatch(/^Shown this once\. It is key \w{26}, for runs:read, runs:write\.$/)
    expect(await statusOf(key)).toBe(200)
  })

  it('create takes a project and an end', async () => {
    const key = await create('--project', 'acme', '--expires', '2099-01-01T00:00:00+01:00')
    expect(key).toMatchObject({
      projectId: 'acme',
      expiresAt: '2098-12-31T23:00:00.000Z',
      scopes: ['runs:read'],
    })
  })

  it('list shows every key, and no secret', async () => {
    const key = await create()
    const { code, stdout } = await keys('list')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ID +NAME +SCOPES +PROJECT +LAST USED +STATE\n/)
    expect(stdout).toMatch(new RegExp(`^${key.id} +a key +runs:read +- +never +in use$`, 'm'))
    const listed = await keys('list', '--json')
    const all = JSON.parse(listed.stdout) as Key[]
    expect(all.find(({ id }) => id === key.id)).toMatchObject({ name: 'a key', revokedAt: null })
    // After rl_ and the id; it may hold another _.
    expect(listed.stdout + stdout).not.toContain(key.key.slice('rl__'.length + key.id.length))
  })

  it('list shows more keys than fit on a page of the API', async () => {
    for (let n = 0; n < 120; n++)
      await server.api.post('/v1/keys', { name: `many ${n}`, scopes: ['runs:read'] })
    const all = JSON.parse((await keys('list', '--json')).stdout) as Key[]
    expect(new Set(all.filter(({ name }) => name.startsWith('many ')).map(({ name }) => name)).size).toBe(120)
  })

  it('rotate ends the old secret and prints the new one', async () => {
    const key = await create()
    const { code, stdout } = await keys('rotate', key.id)
    const [rotated = '', , note] = stdout.split('\n')
    expect([code, note]).toEqual([0, `Shown this once. The old secret of key ${key.id} has ended.`])
    expect([await statusOf(key.key), await statusOf(rotated)]).toEqual([401, 200])
    expect(JSON.parse((await keys('rotate', key.id, '--json')).stdout)).toMatchObject({ id: key.id })
  })

  it('revoke ends a key for good, and again changes nothing', async () => {
    const key = await create()
    for (const _ of [1, 2]) {
      expect(await keys('revoke', key.id)).toMatchObject({
        code: 0,
        stdout: `Key ${key.id} (a key) is revoked.\n`,
      })
      expect(await statusOf(key.key)).toBe(401)
    }
    expect((await keys('list')).stdout).toMatch(new RegExp(`^${key.id} .* revoked$`, 'm'))
    expect((await keys('rotate', key.id)).code).toBe(3)
  })

  it.each([
    [['rotate', UNKNOWN], 3, /there is no key/],
    [['revoke', UNKNOWN], 3, /there is no key/],
    [['rotate', 'x'], 2, /must be a ULID/],
    [['create', '--name', 'x', '--scope', 'runs:delete'], 2, /runs:read/],
    [['create', '--name', 'x', '--scope', 'admin', '--project', 'acme'], 2, /project/],
    [['create', '--name', 'x', '--scope', 'runs:read', '--expires', '2020-01-01'], 2, /expire/],
  ])('%j ends with %i', async (args, code, words) => {
    const ended = await keys(...args)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(ended.stderr).toMatch(/^runledger: [^\n]+\n$/)
    expect(ended.stderr).toMatch(words)
  })
})

describe('keys', () => {
  it('are refused with 4 to a key that does not exist, or may not', async () => {
    const { body } = await server.api.post('/v1/keys', { name: 'reader', scopes: ['runs:read'] })
    for (const [key, words] of [
      ['nonsense', /not known/],
      [String(body.key), /needs the scope admin/],
    ] as const) {
      const ended = await runCli(['keys', 'list'], { env: { ...server.env, RUNLEDGER_API_KEY: key } })
      expect(ended).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(words) })
    }
  })

  it('need a server: on this machine alone there are none', async () => {
    const home = await makeHome()
    const env = { HOME: home.path, RUNLEDGER_HOME: home.path }
    const ended = await runCli(['keys', 'list'], { env })
    await home.remove()
    expect(ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'runledger: keys need a server: use --remote, or set DATABASE_URL\n',
    })
  })
})
