import { describe, expect, it, vi } from 'vitest'
import { finishedRun } from '../contracts/retention-steps.ts'
import { runCli } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { startOddServer } from '../support/odd-server.ts'
import { useLedgerBothWays, WAYS } from './support/ledger-both-ways.ts'
import { hasTerminal, onTerminal } from './support/on-terminal.ts'

const DAY = 86_400
// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 180_000 })
const ledger = useLedgerBothWays({ bucket: true })

describe.each(WAYS)('%s', (_, way) => {
  const env = () => ledger()[way]
  const run = (...args: string[]) => runCli(args, { env: env() })
  const finished = async (days: number) => {
    const kind = unique('kind')
    return (await finishedRun(ledger().store, { kind, projectId: kind }, { secondsAgo: days * DAY })).id
  }
  const storageOf = async (id: string) => (await ledger().store.runs.get([id]))[0]?.storageState

  it('retention sweep looks, deletes, and says what it did', async () => {
    const id = await finished(31)
    const looked = await run('retention', 'sweep', 'delete', '--dry-run')
    expect([looked.code, looked.stderr]).toEqual([0, ''])
    expect(looked.stdout).toMatch(/^The delete sweep \S+ looked, and touched nothing: 1 run\.\n$/)
    const swept = await run('retention', 'sweep', 'delete', '--follow', '--json')
    expect([swept.code, swept.stderr]).toEqual([0, ''])
    expect(JSON.parse(swept.stdout)).toMatchObject({ status: 'completed', counts: { deletedRuns: 1 } })
    expect(await storageOf(id)).toBe('deleted')
  })

  it('retention history tells what sweeps did, what went wrong, and which one waits', async () => {
    const { stdout } = await run('retention', 'sweep', 'purge', '--json')
    const { id } = JSON.parse(stdout) as { id: string }
    await ledger().store.raw(`UPDATE sweeps SET status = 'partial', counts = '{"purgedRuns": 1, "left": 2}', bytes = 2500000,
      errors = '[{"item": "01KBQK6M3V8Z5W0X2Y4A6C8E9G", "message": "no disk"}, {"item": null, "message": "x"}]' WHERE id = '${id}'`)
    const told = await run('retention', 'history', 'purge', '--limit', '1')
    expect([told.code, told.stderr]).toEqual([0, ''])
    expect(told.stdout).toMatch(/^ID +WHEN +KIND +STATUS +DID +TOOK +NOTE\n/)
    expect(told.stdout).toMatch(
      new RegExp(
        `${id} .* purge +partial +2 left, 1 purged run, 2\\.5 MB .* 01KBQK6M3V8Z5W0X2Y4A6C8E9G: no disk \\(and 1 more\\)`,
      ),
    )
    const json = await run('retention', 'history', '--status', 'partial', '--limit', '1', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject([{ id, kind: 'purge', status: 'partial' }])
    await ledger().store.raw(`UPDATE sweeps SET status = 'completed' WHERE id = '${id}'`)
    expect((await run('retention', 'history', '--status', 'partial')).stdout).toBe('No sweep is like that.\n')
  })

  it('retention approve lets a sweep through that waits', async () => {
    const { stdout } = await run('retention', 'sweep', 'delete', '--dry-run', '--json')
    const { id } = JSON.parse(stdout) as { id: string }
    expect((await run('retention', 'approve', id)).code).toBe(4)
    await ledger().store.raw(
      `UPDATE sweeps SET status = 'needs_approval', plan = plan || '{"runs": 5000, "because": "many"}' WHERE id = '${id}'`,
    )
    const approved = await run('retention', 'approve', id, '--reason', 'meant so', '--most-runs', '4000')
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    expect(approved.stdout).toMatch(/^Up to 4000 runs may be deleted until /)
    await ledger().store.raw(`DELETE FROM sweeps WHERE id = '${id}'`)
  })

  it.runIf(hasTerminal)('retention approve says how a cleanup goes on', async () => {
    const { stdout } = await run('retention', 'sweep', 'cleanup', '--dry-run', '--json')
    const { id } = JSON.parse(stdout) as { id: string }
    await ledger().store.raw(
      `UPDATE sweeps SET status = 'needs_approval', plan = plan || '{"runs": 5000, "because": "many"}' WHERE id = '${id}'`,
    )
    const terminal = onTerminal(['retention', 'approve', id], { env: env(), columns: 200 })
    expect(await terminal.ended).toBe(0)
    expect(terminal.said()).toContain('send the same request again')
    await ledger().store.raw(`DELETE FROM sweeps WHERE id = '${id}'`)
  })

  it('retention migrate-folders names the folders of runs that have none', async () => {
    const id = await finished(1)
    await ledger().store.raw(`UPDATE runs SET "folderName" = NULL WHERE id = '${id}'`)
    expect((await run('retention', 'migrate-folders', '--dry-run')).stdout).toBe(
      '1 folders would be named, 0 files would be moved.\n',
    )
    const renamed = await run('retention', 'migrate-folders', '--rename')
    expect([renamed.stderr, renamed.stdout]).toEqual(['', '1 folders named, 0 files moved.\n'])
    expect((await ledger().store.runs.get([id]))[0]?.folderName).toMatch(new RegExp(`^\\d{8}_\\d{6}_${id}$`))
  })

  it('runs delete deletes one, softly or for good', async () => {
    const [soft, hard] = [await finished(1), await finished(1)]
    expect((await run('runs', 'delete', soft, '--reason', 'test data')).code).toBe(2)
    const softly = await run('runs', 'delete', soft, '--reason', 'test data', '--yes')
    expect([softly.code, softly.stderr]).toEqual([0, ''])
    expect(softly.stdout).toContain(`Run ${soft} is deleted, and can be restored until`)
    const { stdout } = await run('runs', 'delete', hard, '--reason', 'test data', '--mode', 'hard', '--yes')
    expect(stdout).toBe(`Run ${hard} is deleted.\n`)
    expect([await storageOf(soft), await storageOf(hard)]).toEqual(['deleted', undefined])
    expect((await run('runs', 'delete', hard, '--reason', 'again', '--yes')).code).toBe(3)
  })

  it('a held run survives runs delete and every sweep', { timeout: 180_000 }, async () => {
    const id = await finished(40)
    expect((await run('runs', 'hold', id, '--reason', 'an audit')).code).toBe(0)
    const refused = await run('runs', 'delete', id, '--reason', 'x', '--mode', 'hard', '--yes')
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('is held')
    for (const kind of ['delete', 'cleanup', 'purge', 'reconcile']) {
      const { code, stderr } = await run('retention', 'sweep', kind)
      expect([code, stderr]).toEqual([0, ''])
    }
    expect(await storageOf(id)).toBe('active')
  })
})

describe('retention migrate-folders, where some are left', () => {
  it.each([
    ['says so, and ends with 1', [], 1, 3],
    ['only says so when it looked', ['--dry-run'], 0, 2],
  ])('%s', async (_, options, code, named) => {
    const parts = [2, 1, 0]
    const server = await startOddServer((_, response) => {
      const part = { named: parts.shift() ?? 0, renamed: 0, errors: [], more: true }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(part))
    })
    const ended = await runCli(['retention', 'migrate-folders', '--json', ...options], {
      env: { RUNLEDGER_API_URL: server.url, RUNLEDGER_API_KEY: 'any' },
    })
    await server.close()
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining('more remains')])
    expect(JSON.parse(ended.stdout)).toEqual({ named, renamed: 0, errors: [], more: true })
  })
})
