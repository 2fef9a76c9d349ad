import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHarness, useHarness } from '../contracts/harness.ts'
import { logStoreContract } from '../contracts/log-store.contract.ts'
import { outputStoreContract } from '../contracts/output-store.contract.ts'
import { runStoreContract } from '../contracts/run-store.contract.ts'

const engine = {
  name: 'SQLite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runledger-sqlite-'))
    return await openHarness({ engine: 'sqlite', path: join(folder, 'ledger.db') }, () =>
      rm(folder, { recursive: true, force: true }),
    )
  },
}

runStoreContract(engine)
logStoreContract(engine)
outputStoreContract(engine)

describe('cron jobs on SQLite', () => {
  const at = useHarness(engine)

  it('are refused as invalid: they need a server; but it knows what time it is, and that nothing is due', async () => {
    const { cron } = at().store
    await expect(cron.getJob('a job')).rejects.toMatchObject({ code: 'invalid' })
    expect(Date.parse(await cron.now())).not.toBeNaN()
    expect(await cron.look()).toMatchObject({ due: false, nextRunAt: null })
    expect(await cron.overdue(await cron.now())).toBe(null)
  })
})

describe('keys on SQLite', () => {
  const at = useHarness(engine)

  it('are refused as invalid: they need a server', async () => {
    const { keys } = at().store
    await expect((async () => keys.list({ limit: 1 }))()).rejects.toMatchObject({ code: 'invalid' })
    await expect((async () => keys.find('some-key'))()).rejects.toMatchObject({ code: 'invalid' })
  })
})
