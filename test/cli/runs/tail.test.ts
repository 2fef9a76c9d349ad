import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type OddProxy, startProxy } from '../../client/proxy.ts'
import { runCli, startCli, until } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'
import { type PrintingRun, startPrinting } from '../support/printing-run.ts'

describe.each([remote, local])('runs tail $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  let run: PrintingRun
  beforeAll(async () => {
    opened = await place.open()
    env = (await opened.ledger()).env
  })
  beforeEach(async () => {
    run = await startPrinting(env)
  })
  afterEach(() => run?.close())
  afterAll(() => opened?.close())
  const tail = (...args: string[]) => startCli(['runs', 'tail', run.id, ...args], { env })
  const progress = (percent: number) =>
    run.verbs.heartbeatRun({ leaseToken: run.leaseToken, progress: percent, message: 'some' })

  it('is in a pipe what happens and what is printed, whole, and at the end how it ended', async () => {
    await run.print('one\n\x1b[31mtwo\x1b[0m\n')
    const tailing = tail()
    await tailing.says(/two/)
    await run.print('three\n')
    await tailing.says(/three\n/)
    await progress(50)
    await tailing.says(/50 %/)
    await run.print('four')
    await run.end('no such month\nat line 3')
    const { code, stdout, stderr } = await tailing.ended
    expect([code, stderr]).toEqual([1, ''])
    const events = /^\S+Z {2}(started on test|50 % {2}some)\n/gm
    const [last] = /✗ failed after .*$/s.exec(stdout) ?? []
    expect(last).toMatch(/^✗ failed after [\d.]+ m?s\nno such month\nat line 3\n$/)
    expect(stdout.match(events)).toHaveLength(2)
    expect(stdout.replace(events, '').replace(last ?? '', '')).toBe(run.log().replace(events, ''))
    expect(stdout.indexOf('started on')).toBeLessThan(stdout.indexOf('one\n'))
  })

  it('is afterwards the same again, in the order in which it was', async () => {
    const at = Date.now()
    await run.print('before\n', new Date(at).toISOString())
    await progress(30)
    await run.print('later\n', new Date(at + 60_000).toISOString())
    await run.end()
    const { code, stdout } = await tail().ended
    expect(code).toBe(0)
    expect(stdout.replaceAll(/^(\[.*\] \w+: |\S+Z {2})/gm, '').replace(/after.*/, '')).toBe(
      'started on test\nbefore\n30 %  some\nlater\n✓ succeeded \n',
    )
    expect((await tail().ended).stdout).toBe(stdout)
    expect((await tail('--tail', '1').ended).stdout).not.toContain('before')
    expect((await tail('--tail', '0').ended).stdout).not.toContain('later')
  })

  it('as JSON is the events alone', async () => {
    await run.print('one\n')
    await run.end()
    const { stdout } = await tail('--ndjson').ended
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['run.started', 'run.succeeded'])
    expect(Object.keys(JSON.parse((await tail('--json').ended).stdout))).toEqual(['run', 'events'])
  })

  it('ends when the log was read to its end, not before', async () => {
    const text = `${'a line of the log\n'.repeat(20_000)}`
    const tailing = tail()
    await tailing.says(/started on/)
    await run.print(text)
    await run.print(text)
    await run.end()
    const { stdout } = await tailing.ended
    expect(stdout.match(/: a line of the log\n/g)).toHaveLength(40_000)
    expect(stdout).toMatch(/: a line of the log\n✓ succeeded after .*\n$/)
  })
})

describe('runs tail over a bad network', () => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  let proxy: OddProxy
  beforeAll(async () => {
    opened = await remote.open()
    env = (await opened.ledger()).env
    proxy = await startProxy(env.RUNLEDGER_API_URL ?? '')
  })
  afterAll(async () => {
    await proxy?.close()
    await opened?.close()
  })

  it.each([
    ['tail', 1],
    ['logs --follow', 0],
  ])('%s shows no line twice and misses none', async (command, failed) => {
    const run = await startPrinting(env)
    const [verb = '', ...options] = command.split(' ')
    const following = startCli(['runs', verb, run.id, ...options], {
      env: { ...env, RUNLEDGER_API_URL: proxy.url },
    })
    let count = 0
    const print = async () => {
      count++
      await run.print(`line ${count}\n`)
      return following.says(new RegExp(`: line ${count}\n`))
    }
    await print()
    for (let cut = 0; cut < 3; cut++) {
      proxy.hangUp()
      await print()
    }
    await proxy.goAway()
    for (let n = 0; n < 5; n++) await run.print(`line ${++count}\n`)
    await run.end('failed')
    await proxy.comeBack()
    const { code, stdout, stderr } = await following.ended
    expect([code, stderr]).toEqual([failed, ''])
    expect(stdout.match(/(?<=: line )\d+/g)?.map(Number)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    )
    await run.close()
  })
})

describe('runs tail of a run whose log is away', () => {
  it('says so once, and shows how the run goes on', async () => {
    const opened = await local.open()
    const { env } = await opened.ledger()
    const run = await startPrinting(env)
    await run.print('one\n')
    await rm(join(env.RUNLEDGER_HOME ?? '', 'objects'), { recursive: true })
    const tailing = startCli(['runs', 'tail', run.id], { env })
    await until(() => tailing.stderr() !== '', 'the warning')
    await run.end('no')
    const { code, stdout, stderr } = await tailing.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^runledger: the log cannot be read: .*\n$/)
    expect(stdout).toMatch(/started on test\n✗ failed after .*\nno\n$/)
    expect((await runCli(['runs', 'logs', run.id], { env })).code).toBe(5)
    await run.close()
    await opened.close()
  })
})
