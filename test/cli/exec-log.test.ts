import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliOptions, runCli, startCli, until } from '../support/cli.ts'
import { local, type Place, remote, type TestLedger } from '../support/ledgers.ts'
import { unique } from '../support/make.ts'

describe.concurrent.each([remote, local])('what a command prints, $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  const begin = async (script: string, options: CliOptions = {}) => {
    const [kind, ledger] = [unique('log'), await opened.ledger()]
    const cli = startCli(['exec', '--kind', kind, '--', 'sh', '-c', script], { ...options, env: ledger.env })
    const id = async () => (await until(async () => (await ledger.runs(kind))[0], 'the run')).id
    return { ...cli, ledger, id }
  }
  const logs = async ({ env }: TestLedger, id: string, ...options: string[]) =>
    (await runCli(['runs', 'logs', id, ...options], { env })).stdout

  it('is its log, whole and in order: stderr too, colours, odd bytes, and a last line without an end', async () => {
    // Each part waits until the one before has passed through: two pipes that are full have no order.
    const wait = (n: number) => `while [ ! -e "$HOME/${n}" ]; do sleep 0.1; done`
    const { ended, id, ledger, says, stderr } = await begin(
      `echo one; ${wait(1)}; printf "\\033[31mred\\033[0m\n" >&2; ${wait(2)}; printf "a\\rb\\000\n\n"; printf "no end"`,
    )
    const goOn = (n: number) => writeFile(join(ledger.env.HOME ?? '', String(n)), '')
    await says(/one/)
    await goOn(1)
    await until(() => stderr() !== '', 'stderr')
    await goOn(2)
    expect(await ended).toMatchObject({
      code: 0,
      stdout: 'one\na\rb\0\n\nno end',
      stderr: '\x1b[31mred\x1b[0m\n',
    })
    const run = await id()
    expect(await logs(ledger, run, '--raw')).toBe('one\n\x1b[31mred\x1b[0m\na\rb\0\n\nno end')
    const line = `\\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z\\] ${run}`
    expect((await logs(ledger, run)).replace('\0', '')).toMatch(
      new RegExp(`^${line}: one\n${line}: \x1b\\[31mred.*\n${line}: a\rb\n${line}: \n${line}~ no end\n$`),
    )
  })

  it('is its log to the byte, 20 MB of it, at once after the end', async () => {
    const { ended, id, ledger } = await begin('head -c 15000000 /dev/urandom | base64')
    const { code, stdout } = await ended
    expect([code, stdout.length > 20_000_000]).toEqual([0, true])
    const raw = await logs(ledger, await id(), '--raw')
    expect(sha256(raw)).toBe(sha256(stdout))
  }, 60_000)

  it('can be read while it runs, also a prompt that has no end yet', async () => {
    const { ended, id, ledger, process: cli } = await begin('echo first; printf "Password: "; exec sleep 60')
    const run = await id()
    await until(async () => (await logs(ledger, run, '--raw')) === 'first\nPassword: ', 'the prompt')
    cli.kill('SIGTERM')
    expect((await ended).code).toBe(143)
  })

  it('is kept without its secrets, which are in no word of ours either', async () => {
    const key = ['AKIA', 'Y3T6Z7Q2W5E4R3T6'].join('')
    const { ended, id, ledger } = await begin(`echo "key ${key} end"`)
    expect(await ended).toMatchObject({ stdout: `key ${key} end\n`, stderr: '' })
    expect(await logs(ledger, await id(), '--raw')).toMatch(/^key \*{20} end\n$/)
  })
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
