import { beforeEach, describe, expect, it } from 'vitest'
import { backupLedger } from '../../../lib/ledger/backups/backup-ledger.ts'
import { listBackups } from '../../../lib/ledger/backups/list-backups.ts'
import { readManifest, writeManifest } from '../../../lib/ledger/backups/manifest.ts'
import { readTable } from '../../../lib/ledger/backups/read-table.ts'
import { restoreBackup } from '../../../lib/ledger/backups/restore-backup.ts'
import { BUILTINS } from '../../../lib/ledger/cron/builtins.ts'
import { DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { newRuns } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { removeAllBackups, withObjects } from './steps.ts'

const LONG_AGO = '2001-01-01T000000.000Z'

describe('a backup', () => {
  const at = useLedger(POSTGRES)
  beforeEach(() => removeAllBackups(at().as()))

  const keys = async () => (await at().ports.objects.list({ prefix: 'backups/' })).map(({ key }) => key)
  const keeping = (backupsKept: number): Context => {
    const ctx = at().as()
    return { ...ctx, retention: { ...ctx.retention, backupsKept } }
  }
  /** The same backup again, under another date. */
  const copied = async (id: string, to: string) => {
    const manifest = must(await readManifest(at().as(), id))
    for (const { file } of manifest.files)
      await at().ports.objects.copy(`backups/${id}/${file}`, `backups/${to}/${file}`)
    await writeManifest(at().as(), { ...manifest, id: to })
  }

  it('is listed, with what it holds', async () => {
    await at().store.runs.insert(newRuns(3))
    const { backup } = await backupLedger(at().as())
    expect(await listBackups(at().as())).toEqual([backup])
    const manifest = must(await readManifest(at().as(), backup.id))
    expect(manifest.files.find(({ table }) => table === 'runs')).toMatchObject({ rows: 3 })
    expect(await keys()).toHaveLength(manifest.files.length + 1)
  })

  it('has the tables as they were when it began, whatever is written meanwhile', async () => {
    let isFirst = true
    const { objects, runs } = at().ports
    const put: typeof objects.put = async (...args) => {
      if (isFirst) {
        isFirst = false
        await runs.insert(newRuns(7))
      }
      return objects.put(...args)
    }
    const before = Number((await at().store.raw('SELECT 1 FROM runs')).length)
    const { backup } = await backupLedger(withObjects(at().as(), { put }))
    const { files } = must(await readManifest(at().as(), backup.id))
    const rowsOf = (name: string) => must(files.find(({ table }) => table === name)).rows
    expect(rowsOf('runs')).toBe(before)
    expect(await at().store.raw('SELECT 1 FROM runs')).toHaveLength(before + 7)
  })

  it('of many rows has each once', async () => {
    for (let n = 0; n < 5; n++) await at().store.runs.insert(newRuns(500, { input: 'x'.repeat(3_000) }))
    const { backup } = await backupLedger(at().as())
    const { files } = must(await readManifest(at().as(), backup.id))
    const ids: string[] = []
    const file = must(files.find(({ table }) => table === 'runs'))
    for await (const rows of readTable(at().as(), backup.id, file))
      ids.push(...rows.map((row) => String(JSON.parse(row).id)))
    const known = (await at().store.raw('SELECT id FROM runs')) as { id: string }[]
    expect(ids.toSorted()).toEqual(known.map(({ id }) => id).toSorted())
  })

  it('whose store fails leaves nothing, and the next is whole', async () => {
    let puts = 0
    const { objects } = at().ports
    const put: typeof objects.put = async (...args) => {
      if (++puts === 9) throw new Error('the store is gone')
      return objects.put(...args)
    }
    await expect(backupLedger(withObjects(at().as(), { put }))).rejects.toThrow('the store is gone')
    expect(await keys()).toEqual([])
    expect((await backupLedger(at().as())).backup.status).toBe('complete')
  })

  it('that was cut off is never taken for one, and is removed when it is a day old', async () => {
    const { objects } = at().ports
    let puts = 0
    // As a process that is killed: it can remove nothing.
    const put: typeof objects.put = async (...args) => {
      if (++puts === 9) throw new Error('killed')
      return objects.put(...args)
    }
    const deleteMany = () => Promise.reject(new Error('killed'))
    await expect(backupLedger(withObjects(at().as(), { put, deleteMany }))).rejects.toThrow('killed')
    const [left] = await listBackups(at().as())
    const { id } = must(left)
    expect(left).toMatchObject({ status: 'incomplete', takenAt: null, rows: null })
    expect(await refusal(restoreBackup(at().as(), { id }))).toMatchObject({ code: 'not_found' })
    // Another one is never written over it, and leaves what may still be under way.
    await copied((await nextBackup()).id, LONG_AGO)
    expect((await listBackups(at().as())).map(({ status }) => status)).toContain('incomplete')
    const twoDays = 2 * 86_400_000
    const list: typeof objects.list = async (options) =>
      (await objects.list(options)).map((object) => ({
        ...object,
        modifiedAt: new Date(Date.parse(object.modifiedAt) - twoDays).toISOString(),
      }))
    const { removed } = await backedUp(withObjects(at().as(), { list }))
    expect(removed).toEqual([id])
    expect(await listBackups(at().as())).not.toContainEqual(expect.objectContaining({ id }))
  })

  it('removes all but as many as are kept, the oldest first', async () => {
    const { backup } = await backedUp(keeping(1))
    for (const id of [LONG_AGO, '2002-01-01T000000.000Z', '2003-01-01T000000.000Z'])
      await copied(backup.id, id)
    await at().ports.objects.put('backups/notes.txt', new Uint8Array(1))
    const { backup: last, removed } = await backedUp(keeping(3))
    expect(removed).toEqual(['2002-01-01T000000.000Z', LONG_AGO])
    const ids = (await listBackups(at().as())).map(({ id }) => id)
    expect(ids).toEqual([last.id, backup.id, '2003-01-01T000000.000Z'])
    expect(await keys()).toContain('backups/notes.txt')
    expect((await keys()).filter((key) => key.includes(LONG_AGO))).toEqual([])
  })

  it('is complete, and says so, where an older one could not be removed', async () => {
    const { backup } = await backedUp(keeping(1))
    await copied(backup.id, LONG_AGO)
    const deleteMany = async (all: string[]) => all.map((key) => ({ key, error: 'denied' }))
    for (;;) {
      const failed = await refusal(backupLedger(withObjects(keeping(2), { deleteMany })))
      if (failed.code === 'conflict') continue
      expect(failed.message).toMatch(
        /^the backup \S+Z is complete, but \S+2001-01-01T000000\.000Z\S+ could not be removed: denied$/,
      )
      break
    }
    expect(await listBackups(at().as())).toMatchObject(Array(3).fill({ status: 'complete' }))
  })

  it('is refused while another is made', async () => {
    const { objects } = at().ports
    const others: Promise<unknown>[] = []
    const put: typeof objects.put = async (...args) => {
      if (others.length === 0) {
        others.push(refusal(backupLedger(at().as())))
        await others[0]
      }
      return objects.put(...args)
    }
    await backedUp(withObjects(at().as(), { put }))
    expect(await others[0]).toMatchObject({ code: 'conflict', message: expect.stringContaining('another') })
  })

  it('of the same millisecond does no harm to the one that is there', async () => {
    const { id } = await nextBackup()
    const { read } = at().ports.backups
    const backups: Context['backups'] = {
      ...at().ports.backups,
      read: (work) => read((snapshot) => work({ ...snapshot, id })),
    }
    expect(await refusal(backupLedger({ ...at().as(), backups }))).toMatchObject({ code: 'conflict' })
    expect(await keys()).toHaveLength(must(await readManifest(at().as(), id)).files.length + 1)
    expect(await listBackups(at().as())).toMatchObject([{ id, status: 'complete' }])
  })

  it('that has no time left, or is told to stop, ends and leaves nothing', async () => {
    await at().store.runs.insert(newRuns(1))
    const late = await refusal(backupLedger(at().as(), { budgetMs: -1 }))
    expect(late).toMatchObject({ code: 'unavailable', message: expect.stringContaining('backup now') })
    const stopped = await refusal(backupLedger(at().as(), { signal: AbortSignal.abort() }))
    expect(stopped.code).toBe('unavailable')
    expect(await keys()).toEqual([])
  })

  it('whose manifest is damaged is listed as one that cannot be read', async () => {
    const { id } = await nextBackup()
    await at().ports.objects.put(`backups/${id}/manifest.json`, new TextEncoder().encode('{"id": 1}'))
    expect(await listBackups(at().as())).toMatchObject([{ id, status: 'unreadable' }])
  })

  it('is made weekly by a cron job, which is off until somebody enables it', async () => {
    const definition = DEFINITIONS.find(({ action }) => 'name' in action && action.name === 'backupLedger')
    expect(definition).toMatchObject({ isEnabled: false, schedule: '0 3 * * 0' })
    const work = { executionId: 'one', signal: new AbortController().signal, budgetMs: 60_000 }
    const builtin = must(BUILTINS.backupLedger)
    const result = await retried(() => builtin(at().as(), work))
    expect(result).toMatchObject({ success: true, metrics: { removed: 0 } })
    expect(await listBackups(at().as())).toMatchObject([{ id: result.metrics.id, status: 'complete' }])
  })

  const backedUp = (ctx: Context) => retried(() => backupLedger(ctx))
  const nextBackup = async () => (await backedUp(at().as())).backup
})

/** A millisecond has one backup at most: another is made in the next one. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('already; try again')) throw error
    }
  }
}
