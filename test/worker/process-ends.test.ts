import { spawn } from 'node:child_process'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OddProxy, startProxy } from '../client/proxy.ts'
import { isAlive } from '../process/support/run-captured.ts'
import { makeHome, RUNLEDGER, runCli } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { benchOn, DEBUG, HANDLERS, linesOf } from './support.ts'

describe.concurrent('the process of a worker', () => {
  let server: ServerProcess & { close(): Promise<void> }
  let home: Awaited<ReturnType<typeof makeHome>>
  const proxies: OddProxy[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
    home = await makeHome()
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await server?.close()
    await home?.remove()
  })
  const write = async (name: string, text: string) => {
    const path = join(home.path, name)
    await writeFile(path, text)
    return path
  }

  it.each(['sync', 'async'])(
    'gives its runs back before an error that nothing catches (%s) ends it',
    async (how) => {
      const wrong = how === 'sync' ? 'setTimeout(() => { throw' : 'void Promise.resolve().then(() => { throw'
      const file = await write(
        `stray-${how}.mjs`,
        `export default { stray: (_run, { signal, log }) => {
        log('begun'); ${wrong} new Error('forgotten') })
        return new Promise((_, no) => { signal.onabort = () => no(signal.reason); setTimeout(no, 60_000) })
      } }`,
      )
      const bench = benchOn(server)
      const id = await bench.enqueue('stray')
      const { code, stdout } = await bench.worker(['--handlers', file]).ended
      expect(code).toBe(1)
      expect(linesOf(stdout)).toContainEqual(
        expect.objectContaining({ level: 'error', error: expect.objectContaining({ message: 'forgotten' }) }),
      )
      expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    },
  )

  it('gives its runs back when nobody reads its log any more', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.command')
    const script = 'while :; do echo tick; sleep 0.1; done'
    const worker = bench.worker(['--kinds', 'test.command', '--exec', 'sh', '--', '-c', script], DEBUG)
    await worker.says(/tick/)
    worker.process.stdout?.destroy()
    expect(await worker.ended).toMatchObject({ code: 1, stderr: '' })
    expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('ends at the second signal whatever the server does, after 2 s', async () => {
    const bench = benchOn(server)
    const proxy = await startProxy(server.url)
    proxies.push(proxy)
    const id = await bench.enqueue('test.stubborn')
    const worker = bench.worker(['--handlers', HANDLERS], { RUNLEDGER_API_URL: proxy.url })
    await worker.says(/begun/)
    await bench.becomes(id, 'running')
    proxy.whim = () => 'done'
    worker.process.kill('SIGTERM')
    await sleep(300)
    const began = performance.now()
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(143)
    expect(performance.now() - began).toBeLessThan(8_000)
  })

  it('leaves nothing of a command alive at the second signal, wherever it went', async () => {
    const bench = benchOn(server)
    await bench.enqueue('test.command')
    const deaf = 'trap "" TERM HUP; echo pid $$; while :; do sleep 0.2; done'
    const script = `setsid sh -c '${deaf}' & ${deaf}`
    const worker = bench.worker(['--kinds', 'test.command', '--exec', 'sh', '--', '-c', script], DEBUG)
    await worker.says(/pid \d+.*pid \d+/s)
    const pids = [...worker.stdout().matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid))
    worker.process.kill('SIGTERM')
    await sleep(300)
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(143)
    const alive = pids.filter(isAlive)
    for (const pid of alive) process.kill(pid, 'SIGKILL')
    expect([pids.length, alive]).toEqual([2, []])
  })

  it('gives a command no key to the ledger itself', async () => {
    const bench = benchOn(server)
    await bench.enqueue('test.command')
    const names = [
      'RUNLEDGER_ADMIN_KEY',
      'DATABASE_URL',
      'DATABASE_URL_DIRECT',
      'RUNLEDGER_SECRET',
      'PASSED_ON',
    ]
    const script = names.map((name) => `echo "${name}=\${${name}-none}"`).join('; ')
    const url = 'postgres://user:password@127.0.0.1:1/none'
    const env = {
      ...DEBUG,
      RUNLEDGER_ADMIN_KEY: 'a key that may do everything'.replaceAll(' ', '-'),
      RUNLEDGER_SECRET: 'what signs the lease tokens of the tests',
      DATABASE_URL: url,
      DATABASE_URL_DIRECT: url,
      PASSED_ON: 'yes',
    }
    const args = ['--once', '--kinds', 'test.command', '--exec', 'sh', '--', '-c', script]
    const { stdout } = await bench.worker(args, env).ended
    const said = linesOf(stdout).filter(({ stream }) => stream === 'stdout')
    expect(said.map(({ message }) => message)).toEqual([
      ...names.slice(0, -1).map((name) => `${name}=none`),
      'PASSED_ON=yes',
    ])
  })

  it('keeps a secret out of a progress message that is cut', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.command', { input: { t: { $secret: 't' } } })
    const script = `printf 'progress: 5 %0485d %s\n' 0 S3CRET-VALUE-0123456789; sleep 2.5`
    const args = ['--once', '--kinds', 'test.command', '--exec', 'sh', '--', '-c', script]
    const worker = bench.worker(args, { RUNLEDGER_SECRET_T: 'S3CRET-VALUE-0123456789' })
    expect((await worker.ended).code).toBe(0)
    const { progressMessage } = await bench.read(id)
    expect(progressMessage).toMatch(/0 \[secret t\]$|0 \[secret $/)
  })

  it('reads no more of a command than its own output is read, and loses no line', async () => {
    const bench = benchOn(server)
    await bench.enqueue('test.command')
    const mark = join(home.path, 'all-written')
    const lines = 200_000
    const script = `yes 0123456789012345678901234567890123456789 | head -n ${lines}; touch ${mark}`
    const args = ['worker', '--project', bench.projectId, '--once', '--kinds', 'test.command', '--exec', 'sh']
    const child = spawn(process.execPath, [RUNLEDGER, ...args, '--', '-c', script], {
      env: { PATH: process.env.PATH, HOME: '/dev/null', ...DEBUG, ...server.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    await sleep(3_000)
    await expect(access(mark)).rejects.toThrow('ENOENT')
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    expect(await ended).toBe(0)
    const all = linesOf(text)
    expect(all.filter(({ stream }) => stream === 'stdout')).toHaveLength(lines)
    expect(all.at(-1)).toMatchObject({ message: 'worker ended', succeeded: 1 })
  })

  it.each([
    ['syntax.ts', 'const a = 1\nexport default { a: ( }', /syntax\.ts:2\n.*Expression expected/s],
    ['thrown.mjs', '\nthrow new Error("not today")', /not today\n\s+at .*thrown\.mjs:2:7/],
    ['text.mjs', 'throw "only words"', /handlers of .*text\.mjs: only words/],
  ])('says where %s cannot be loaded', async (name, text, words) => {
    const { code, stderr } = await runCli(['worker', '--handlers', await write(name, text)])
    expect(code).toBe(2)
    expect(stderr).toMatch(words)
    expect(stderr).not.toContain('node:internal')
  })
})
