import { cp, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, startProcess, until } from '../support/cli.ts'
import { local, type Place, remote } from '../support/ledgers.ts'

/** What of this clone an installed Runledger is made of. */
const PARTS = ['lib', 'drizzle', 'package.json']

describe.each([remote, local])('exec $name, while another version is installed', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  let installed: string
  beforeAll(async () => {
    opened = await place.open()
    installed = await mkdtemp(join(tmpdir(), 'runledger-installed-'))
    for (const part of PARTS) await cp(join(ROOT, part), join(installed, part), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'))
  })
  afterAll(async () => {
    await opened?.close()
    await rm(installed, { recursive: true, force: true })
  })

  it.each([
    [0, 'succeeded'],
    [3, 'failed'],
  ])('tells an end with %i', async (exitCode, state) => {
    const { env, runs } = await opened.ledger()
    const kind = `test.upgrade.${exitCode}`
    const command = ['sh', '-c', `while [ ! -e ${installed}/end ]; do sleep 0.1; done; exit ${exitCode}`]
    const { ended } = startProcess(
      process.execPath,
      [join(installed, 'lib/cli/runledger.js'), 'exec', '--kind', kind, '--', ...command],
      { env },
    )
    await until(async () => (await runs(kind)).length === 1, 'the run')
    await delay(1_000)
    for (const part of ['lib', 'node_modules'])
      await rename(join(installed, part), join(installed, `${part}.old`))
    await writeFile(join(installed, 'end'), '')
    const { code, stderr } = await ended
    for (const part of ['lib', 'node_modules'])
      await rename(join(installed, `${part}.old`), join(installed, part))
    await rm(join(installed, 'end'))
    expect([code, stderr]).toEqual([exitCode, ''])
    expect(await runs(kind)).toMatchObject([{ state, exitCode }])
  })
})
