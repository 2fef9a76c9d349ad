import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { RUNLEDGER, runCli, startCli, startProcess, until } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'
import { startPrinting } from '../support/printing-run.ts'
import { usePlace, usePrinting } from '../support/use-place.ts'

const UNKNOWN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const MB = 1024 * 1024
/** Far less than the log has, and enough for some chunks of it. */
const MORE_MEMORY = 90 * MB
const LONG_MS = 120_000

describe.each([remote, local])('runs logs $name', (place: Place) => {
  const at = usePlace(place)
  const begin = usePrinting(at)
  const logs = (...args: string[]) => runCli(['runs', 'logs', ...args], { env: at.env })
  const shell = (line: string, more: Record<string, string> = {}) =>
    startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], { env: { ...at.env, ...more } }).ended
  /** What a line of shell ended with, and the most memory that the last Node in it had. */
  const memoryOf = async (line: string) => {
    const file = join(at.env.HOME ?? '', 'memory')
    const preload = `--import ${join(import.meta.dirname, '../support/note-memory.mjs')}`
    const ended = await shell(line, { NODE_OPTIONS: preload, MEMORY_FILE: file })
    return { ended, bytes: Number(await readFile(file, 'utf8')) * 1024 }
  }

  it('is in a pipe what is kept, byte for byte, and with --raw what was printed', async () => {
    const { id, print, log, end } = await begin()
    await print('one\n\x1b[31mtwo\x1b[0m\ttab\r\nthree\rover\n')
    await print('Password: ')
    await print('\x00\x07 株式会社')
    expect(await logs(id)).toEqual({ code: 0, signal: null, stderr: '', stdout: log() })
    await end('no')
    expect(await logs(id)).toEqual({ code: 0, signal: null, stderr: '', stdout: log() })
    expect((await logs(id, '--raw')).stdout).toBe(
      'one\n\x1b[31mtwo\x1b[0m\ttab\r\nthree\rover\nPassword: \x00\x07 株式会社',
    )
  })

  it('--tail gives the last so many lines, however long they are', async () => {
    const { id, print, log } = await begin()
    const long = `${'x'.repeat(50_000)}\n`
    for (let n = 0; n < 6; n++) await print(`short ${n}\n${long}`)
    const lines = log().split(/(?<=\n)/)
    for (const count of [0, 1, 2, 11, 12, 5_000])
      expect((await logs(id, '--tail', String(count))).stdout).toBe(
        count === 0 ? '' : lines.slice(-count).join(''),
      )
    expect((await logs(id, '--tail', '2', '--raw')).stdout).toBe(`short 5\n${long}`)
  })

  it('--follow goes on to the end of the run, and ends with 0 however that is', async () => {
    const { id, print, log, end } = await begin()
    await print('one\n')
    const whole = startCli(['runs', 'logs', id, '--follow'], { env: at.env })
    const last = startCli(['runs', 'logs', id, '-f', '--tail', '0', '--raw'], { env: at.env })
    await whole.says(/one\n/)
    await print('two\n')
    await whole.says(/two\n/)
    // It may have begun after that line.
    await until(async () => {
      await print('three\n')
      return last.stdout() !== ''
    })
    await end('failed')
    expect(await whole.ended).toEqual({ code: 0, signal: null, stderr: '', stdout: log() })
    expect(await last.ended).toMatchObject({ code: 0, stderr: '' })
    expect(last.stdout()).toMatch(/^(two\n)?(three\n)+$/)
  })

  it('as JSON is its lines', async () => {
    const { id, print } = await begin()
    await print('a "b"\n\x1b[31mred\n', '2026-01-02T03:04:05.678Z')
    await print('Password: ', '2026-01-02T03:04:06.000Z')
    const lines = [
      { at: '2026-01-02T03:04:05.678Z', text: 'a "b"', cut: false },
      { at: '2026-01-02T03:04:05.678Z', text: '\x1b[31mred', cut: false },
      { at: '2026-01-02T03:04:06.000Z', text: 'Password: ', cut: true },
    ]
    expect(
      (await logs(id, '--ndjson')).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(lines)
    expect(JSON.parse((await logs(id, '--json')).stdout)).toEqual(lines)
    expect(JSON.parse((await logs(id, '--json', '--tail', '1')).stdout)).toEqual(lines.slice(2))
    expect((await logs(id, '--json', '--raw')).code).toBe(2)
  })

  it('of a run that has printed nothing says so on stderr', async () => {
    const { id, end } = await begin()
    expect(await logs(id)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `runledger: run ${id} has printed nothing yet\n`,
    })
    expect(await logs(id, '--json')).toMatchObject({ code: 0, stdout: '[]\n' })
    await end()
    expect((await logs(id)).stderr).toBe(`runledger: run ${id} has printed nothing\n`)
    expect((await logs(id, '--follow')).stderr).toBe(`runledger: run ${id} has printed nothing\n`)
  })

  it('ends with 3 for a run that is not there, and with 2 for what is no id or no number', async () => {
    for (const more of [[], ['--follow'], ['--tail', '3']]) {
      expect(await logs(UNKNOWN, ...more)).toMatchObject({
        code: 3,
        stdout: '',
        stderr: `runledger: there is no run ${UNKNOWN}\n`,
      })
      expect(await logs('x', ...more)).toMatchObject({ code: 2, stdout: '' })
    }
    expect((await logs(UNKNOWN, '--tail', 'x')).stderr).toContain('write a whole number from 0 to 1000000')
  })

  it('left with Ctrl-C while it follows ends with 130 and says how to go on', async () => {
    const { id, print } = await begin()
    await print('one\n')
    const following = startCli(['runs', 'logs', id, '--follow'], { env: at.env })
    await following.says(/one\n/)
    following.process.kill('SIGINT')
    expect(await following.ended).toMatchObject({
      code: 130,
      stderr: `runledger: go on: runledger runs logs ${id} --follow --tail 100\n`,
    })
  })

  describe('of 120 MB', () => {
    const text = Buffer.from(`${'a line of a log that is rather long '.repeat(3)}\n`.repeat(36_000))
    let id: string
    let hash: string
    beforeAll(async () => {
      const big = await startPrinting(at.env)
      id = big.id
      const sent = createHash('sha256')
      for (let n = 0; n < 31; n++) {
        await big.send(text)
        sent.update(text)
      }
      hash = sent.digest('hex')
      await big.end()
      await big.close()
    }, LONG_MS)

    it.each(['', '--raw', '--follow'])(
      'comes whole, in little memory, to a reader that is slow: %s',
      async (option) => {
        const slow = `head -c 1; sleep 1; cat`
        const line = `set -o pipefail; "$0" "$1" runs logs ${id} ${option} | (${slow}) | sha256sum`
        const most = await memoryOf(line)
        expect(most.ended).toMatchObject({ code: 0, stderr: '', stdout: `${hash}  -\n` })
        const least = await memoryOf(`"$0" "$1" runs logs ${id} --tail 1`)
        expect(most.bytes - least.bytes).toBeLessThan(MORE_MEMORY)
      },
    )

    it.each(['', '--raw', '--follow', '--tail 100000'])(
      'is not read further for a reader that has left, which ends it quietly with 141: %s',
      async (option) => {
        const line = `"$0" "$1" runs logs ${id} ${option} | head -1; echo \${PIPESTATUS[0]}`
        const { stdout, stderr } = await shell(line)
        expect([stdout, stderr]).toEqual([`${text.toString('utf8', 0, text.indexOf(10) + 1)}141\n`, ''])
      },
    )
  })
})
