import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHome, RUNLEDGER, runCli, startCli, startProcess } from '../support/cli.ts'

/** A Node of this machine that is too old for Runledger, if there is one. */
const older = ['/usr/bin/node', '/usr/local/bin/node', '/bin/node'].find((path) => {
  try {
    return Number(execFileSync(path, ['-p', 'parseInt(process.versions.node)']).toString()) < 22
  } catch {
    return false
  }
})

describe.skipIf(!older)('started by an older Node', () => {
  let home: Awaited<ReturnType<typeof makeHome>>
  beforeAll(async () => {
    home = await makeHome()
  })
  afterAll(() => home?.remove())
  const options = () => ({ node: older as string, env: { HOME: home.path, RUNLEDGER_HOME: home.path } })
  const exec = (script: string) => ['exec', '--kind', 'k', '--', 'sh', '-c', script]

  it('the newer one in node_modules does the work, and its exit code, input and output are the command’s', async () => {
    const ended = await runCli(exec('cat; echo err >&2; exit 3'), { ...options(), stdin: 'in' })
    expect(ended).toEqual({ code: 3, signal: null, stdout: 'in', stderr: 'err\n' })
  })

  it('SIGTERM and SIGINT reach the command', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const trap = `trap "exit 9" ${signal.slice(3)}; echo ready; sleep 30 & wait; echo on`
      const { ended, says, process: cli } = startCli(exec(trap), options())
      await says(/ready/)
      cli.kill(signal)
      expect(await ended).toMatchObject({ code: 9, stdout: 'ready\n', stderr: '' })
    }
  })

  it('a command killed by a signal reads so in the exit code', async () => {
    expect((await runCli(exec('kill -KILL $$'), options())).code).toBe(137)
  })

  it('without a newer one it says what it needs, in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runledger-alone-'))
    await cp(RUNLEDGER, join(folder, 'lib/cli/runledger.js'))
    await cp(join(RUNLEDGER, '../../../package.json'), join(folder, 'package.json'))
    const ended = await startProcess(
      older as string,
      [join(folder, 'lib/cli/runledger.js'), '--help'],
      options(),
    ).ended
    await rm(folder, { recursive: true })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^runledger needs Node 22\.20 or newer; this is \d+\.\d+\.\d+ .+\n$/)
  })
})
