import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { runCli } from '../support/cli.ts'
import { local, type Place, remote, type TestLedger } from '../support/ledgers.ts'
import { unique } from '../support/make.ts'

const ID = 'echo $RUNLEDGER_RUN_ID'

describe.concurrent.each([remote, local])('exec --output $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  it('keeps the files that the command has left in the folder, whole', async () => {
    const ledger = await opened.ledger()
    const out = join(ledger.env.HOME ?? '', 'out')
    const make = `${ID}; mkdir -p ${out}/deep/er; echo hello > ${out}/a.txt; : > ${out}/empty; head -c 300000 /dev/urandom > ${out}/deep/er/b.bin`
    const { code, stdout, stderr } = await exec(ledger, out, make)
    expect([code, stderr]).toEqual([0, ''])
    const id = stdout.trim()
    expect(await sizes(ledger, id)).toEqual({ 'a.txt': 6, 'deep/er/b.bin': 300_000, empty: 0 })
    const got = join(ledger.env.HOME ?? '', 'got')
    await runCli(['runs', 'outputs', 'get', id, '--to', got], { env: ledger.env })
    expect(await readFile(join(got, 'deep/er/b.bin'))).toEqual(await readFile(join(out, 'deep/er/b.bin')))
  })

  it('follows no link out of the folder, tells of what it leaves out, and keeps the rest', async () => {
    const ledger = await opened.ledger()
    const out = join(ledger.env.HOME ?? '', 'out')
    await mkdir(join(out, 'real'), { recursive: true })
    await writeFile(join(out, 'real/file'), 'inside')
    await writeFile(join(out, 'bad\nname'), 'x')
    await symlink('real/file', join(out, 'inside'))
    await symlink('/etc/passwd', join(out, 'outside'))
    await symlink('/etc', join(out, 'outside-folder'))
    await symlink('.', join(out, 'round'))
    const { code, stdout, stderr } = await exec(ledger, out, `${ID}; exit 3`)
    expect(code).toBe(3)
    expect(await sizes(ledger, stdout.trim())).toEqual({ inside: 6, 'real/file': 6 })
    const told = stderr.split('\n').filter(Boolean)
    expect(told).toHaveLength(4)
    expect(
      told.filter((line) => /output outside(-folder)? is a link to what is not in the folder$/.test(line)),
    ).toHaveLength(2)
    expect(told).toContain('runledger: output round is no file')
    expect(stderr).toMatch(/output bad.name is not kept: /s)
  })

  it('warns of a folder that is not there, and ends as the command does', async () => {
    const ledger = await opened.ledger()
    expect(await exec(ledger, '/no/such/folder', 'exit 3')).toMatchObject({
      code: 3,
      stderr: 'runledger: /no/such/folder is no folder: the run has no outputs\n',
    })
  })
})

describe('exec --output, whose server is away', () => {
  it('has them sent by a flush', async () => {
    const opened = await remote.open()
    onTestFinished(() => opened.close())
    const ledger = await opened.ledger()
    const home = ledger.env.HOME ?? ''
    const out = join(home, 'out')
    await mkdir(out)
    await writeFile(join(out, 'kept'), 'for later')
    const url = `http://127.0.0.1:${await freePort()}`
    const away = { ...ledger, env: { ...ledger.env, RUNLEDGER_API_URL: url } }
    const { code, stdout } = await exec(away, out, ID)
    expect(code).toBe(0)
    const [folder = ''] = (await readdir(join(home, 'spool'))).filter((name) => /^\w{26}$/.test(name))
    const file = join(home, 'spool', folder, 'run.json')
    const record = await readFile(file, 'utf8')
    await writeFile(file, record.replace(url, ledger.env.RUNLEDGER_API_URL ?? ''))
    expect((await runCli(['flush'], { env: ledger.env })).code).toBe(0)
    expect(await sizes(ledger, stdout.trim())).toEqual({ kept: 9 })
  })
})

const exec = async ({ env }: TestLedger, folder: string, script: string) =>
  runCli(['exec', '--kind', unique('outputs'), '--output', folder, '--', 'sh', '-c', script], { env })
const list = async (env: Record<string, string>, id: string) =>
  JSON.parse((await runCli(['runs', 'outputs', 'ls', id, '--json'], { env })).stdout) as {
    path: string
    bytes: number
  }[]
const sizes = async ({ env }: TestLedger, id: string) =>
  Object.fromEntries((await list(env, id)).map(({ path, bytes }) => [path, bytes]))
