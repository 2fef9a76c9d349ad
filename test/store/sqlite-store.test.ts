import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { newRun, newRuns } from '../support/make.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runledger-sqlite-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (...names: string[]) => join(folder, ...names)

describe('an open store', () => {
  it('in memory works without a file, each by itself', async () => {
    const [one, other] = await Promise.all([
      openSqlite({ path: ':memory:' }),
      openSqlite({ path: ':memory:' }),
    ])
    await one.runs.insert([newRun()])
    expect(await one.raw('SELECT count(*) AS count FROM runs')).toEqual([{ count: 1 }])
    expect(await other.raw('SELECT count(*) AS count FROM runs')).toEqual([{ count: 0 }])
    await Promise.all([one.close(), other.close()])
  })

  it('waits 5 seconds for another writer, then says that it is busy', async () => {
    const path = at('ledger.db')
    const store = await openSqlite({ path })
    const writer = new DatabaseSync(path)
    writer.exec('BEGIN IMMEDIATE')
    const began = performance.now()
    await expect(store.runs.insert([newRun()])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is busy'),
    })
    expect(performance.now() - began).toBeGreaterThan(4_500)
    await expect(store.runs.list({ sort: 'createdAt:desc', limit: 1 })).resolves.toEqual([])
    writer.close()
    await expect(store.runs.insert([newRun()])).resolves.toMatchObject([{ inserted: true }])
    await store.close()
  })

  it('of which the disk is full says so, loses nothing and goes on when there is room', async () => {
    const store = await openSqlite({ path: at('ledger.db') })
    await store.runs.insert([newRun()])
    await store.raw('PRAGMA max_page_count = 1')
    const many = newRuns(200)
    await expect(store.runs.insert(many)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the disk is full'),
    })
    expect(await store.raw('SELECT count(*) AS count FROM runs')).toEqual([{ count: 1 }])
    await store.raw('PRAGMA max_page_count = 1000000')
    await expect(store.runs.insert(many)).resolves.toHaveLength(200)
    await store.close()
  })

  it('answers ping until it is closed, which may be said twice', async () => {
    const store = await openSqlite({ path: at('ledger.db') })
    await expect(store.ping()).resolves.toBeUndefined()
    await store.close()
    await expect(store.close()).resolves.toBeUndefined()
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.runs.get(['any'])).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('keeps lone surrogates and NULs in JSON; of a lone surrogate in other text it makes U+FFFD', async () => {
    const store = await openSqlite({ path: at('ledger.db') })
    const odd = newRun({
      name: 'ab\ud800',
      input: { 'k\0\udc00': '\ud800\0' },
      labels: { 'x\ud800"\0': 'y\ud800\0' },
    })
    const [inserted] = await store.runs.insert([odd])
    expect(inserted?.run).toMatchObject({
      name: 'ab\ufffd',
      input: odd.input,
      labels: { 'x\ufffd"\0': 'y\ufffd\0' },
    })
    const page = { sort: 'createdAt:desc', limit: 10 } as const
    await expect(store.runs.list({ ...page, q: 'ab' })).resolves.toHaveLength(1)
    await expect(store.runs.list({ ...page, q: 'ac' })).resolves.toHaveLength(0)
    const label = { key: 'x\ud800"\0', value: 'y\ud800\0' }
    await expect(store.runs.list({ ...page, label })).resolves.toHaveLength(1)
    await store.close()
  })

  it('tells one caller in every so often that a thing is due', async () => {
    const { limits, close } = await openSqlite({ path: ':memory:' })
    expect([await limits.due('sweep', 60), await limits.due('sweep', 60)]).toEqual([true, false])
    expect([await limits.due('other', 60), await limits.due('sweep', 0)]).toEqual([true, true])
    await close()
  })
})
