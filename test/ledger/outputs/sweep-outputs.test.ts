import { describe, expect, it } from 'vitest'
import { sweepOutputs } from '../../../lib/ledger/outputs/sweep-outputs.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { text } from '../../contracts/object-store/steps.ts'
import { refusal, stored } from '../steps.ts'
import {
  announce,
  announceParts,
  announceWhole,
  commit,
  type Held,
  keysOf,
  PLACES,
  put,
  send,
  upload,
  uploadsOf,
  useOutputs,
} from './steps.ts'

const MIB = 1024 * 1024
const LONG_AGO = '2020-01-02T03:04:05.678Z'
const EVER = Number.POSITIVE_INFINITY

describe.each(PLACES)('sweeping uploads with $name', (place) => {
  const at = useOutputs(place)
  const backdate = ({ id }: Held) =>
    at().ledger.store.raw(`UPDATE outputs SET "createdAt" = '${LONG_AGO}' WHERE "runId" = '${id}'`)

  it('removes what was announced a day ago and never committed, and nothing else', async () => {
    const [old, young] = [await at().hold(), await at().hold()]
    for (const held of [old, young]) {
      await upload(held, 'committed')
      expect(await send(await announceWhole(held, { path: 'sent', bytes: 3 }), text('abc'))).toBe(200)
      await announce(held, { path: 'not sent', bytes: 3 })
      const { parts } = await announceParts(held, { path: 'in parts', bytes: 65 * MIB })
      const last = parts.at(-1)
      expect(last && (await send(last, new Uint8Array(MIB)))).toBe(200)
    }
    await backdate(old)
    expect(await sweepOutputs(at().admin, EVER)).toEqual({ swept: 3, failed: 0, ended: 0, more: false })
    expect(await keysOf(at(), old.id)).toEqual(['committed'])
    expect(await uploadsOf(at(), old.id)).toBe(0)
    expect((await keysOf(at(), young.id)).toSorted()).toEqual(['committed', 'sent'])
    expect(await uploadsOf(at(), young.id)).toBe(1)
    expect(await sweepOutputs(at().admin, EVER)).toEqual({ swept: 0, failed: 0, ended: 0, more: false })
    expect(await stored(at().ledger, old.id)).toMatchObject({ outputCount: 1 })
    const gone = await refusal(commit(old, 'sent'))
    expect(gone).toMatchObject({ code: 'conflict', message: expect.stringContaining('not announced') })
    expect(await upload(old, 'sent', 'abc')).toMatchObject({ bytes: 3 })
  })

  it('leaves what goes on being sent', async () => {
    const held = await at().hold()
    const asked = { path: 'big', bytes: 65 * MIB }
    await announceParts(held, asked)
    await backdate(held)
    await announceParts(held, asked)
    expect(await sweepOutputs(at().admin, EVER)).toMatchObject({ swept: 0 })
    expect(await uploadsOf(at(), held.id)).toBe(1)
  })

  it('goes through more than one page, and stops when its time is up', async () => {
    const held = await at().hold()
    for (let n = 0; n < 130; n++) await announce(held, { path: `file-${n}`, bytes: 1 })
    await backdate(held)
    expect(await sweepOutputs(at().admin, at().admin.now())).toEqual({
      swept: 0,
      failed: 0,
      ended: 0,
      more: true,
    })
    expect(await sweepOutputs(at().admin, EVER)).toEqual({ swept: 130, failed: 0, ended: 0, more: false })
  })

  it('twice at once does it once', async () => {
    const held = await at().hold()
    for (const path of ['a', 'b'])
      expect(await send(await announceWhole(held, { path, bytes: 3 }), text('abc'))).toBe(200)
    await put(held, 'c', 'abc')
    await backdate(held)
    await Promise.all([sweepOutputs(at().admin, EVER), sweepOutputs(at().admin, EVER)])
    expect(await keysOf(at(), held.id)).toEqual(['c'])
  })

  it('logs what fails, and leaves it to the next sweep', async () => {
    const held = await at().hold()
    await announceParts(held, { path: 'big', bytes: 65 * MIB })
    await announce(held, { path: 'small', bytes: 1 })
    await backdate(held)
    const abortMultipart = async () => {
      throw new Error('the store is gone')
    }
    const failing = { ...at().admin, objects: { ...at().objects, abortMultipart } }
    expect(await sweepOutputs(failing, EVER)).toEqual({ swept: 1, failed: 1, ended: 0, more: false })
    expect(at().ledger.logged.at(-1)).toMatchObject({ level: 'warn', runId: held.id, path: 'big' })
    expect(await sweepOutputs(at().admin, EVER)).toEqual({ swept: 1, failed: 0, ended: 0, more: false })
    expect(await uploadsOf(at(), held.id)).toBe(0)
  })

  /** An admin whose store does something else. */
  const withObjects = (objects: Partial<ObjectStore>) => ({
    ...at().admin,
    objects: { ...at().objects, ...objects },
  })

  it('tries again what the store did not remove, which nobody can commit meanwhile', async () => {
    const held = await at().hold()
    const asked = { path: 'a', bytes: 3 }
    expect(await send(await announceWhole(held, asked), text('abc'))).toBe(200)
    await backdate(held)
    const deleteMany = async (keys: string[]) => keys.map((key) => ({ key, error: 'not now' }))
    expect(await sweepOutputs(withObjects({ deleteMany }), EVER)).toMatchObject({ swept: 0, failed: 1 })
    expect(await keysOf(at(), held.id)).toEqual(['a'])
    expect(await refusal(commit(held, 'a'))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not announced'),
    })
    expect(await sweepOutputs(at().admin, EVER)).toMatchObject({ swept: 1, failed: 0 })
    expect(await keysOf(at(), held.id)).toEqual([])
    expect(await sweepOutputs(at().admin, EVER)).toMatchObject({ swept: 0, failed: 0 })
  })

  it('what it could not remove can be announced anew, and is sent whole', async () => {
    const held = await at().hold()
    const asked = { path: 'a', bytes: 3 }
    expect(await send(await announceWhole(held, asked), text('abc'))).toBe(200)
    await backdate(held)
    const deleteMany = async (keys: string[]) => keys.map((key) => ({ key, error: 'not now' }))
    await sweepOutputs(withObjects({ deleteMany }), EVER)
    expect(await send(await announceWhole(held, asked), text('abd'))).toBe(200)
    expect(await sweepOutputs(at().admin, EVER)).toMatchObject({ swept: 0, failed: 0 })
    expect(await commit(held, 'a')).toMatchObject({ bytes: 3 })
    expect(await keysOf(at(), held.id)).toEqual(['a'])
  })

  it('leaves what is announced anew while it is being swept', async () => {
    const held = await at().hold()
    await announceParts(held, { path: 'a', bytes: 65 * MIB })
    await backdate(held)
    const abortMultipart: ObjectStore['abortMultipart'] = async (upload) => {
      await at().objects.abortMultipart(upload)
      expect(await send(await announceWhole(held, { path: 'a', bytes: 3 }), text('abc'))).toBe(200)
    }
    expect(await sweepOutputs(withObjects({ abortMultipart }), EVER)).toMatchObject({ swept: 0, failed: 0 })
    expect(await commit(held, 'a')).toMatchObject({ bytes: 3 })
    expect(await keysOf(at(), held.id)).toEqual(['a'])
  })

  it('a page full of what always fails keeps nobody from the rest', async () => {
    const held = await at().hold()
    for (let n = 0; n < 105; n++) await announce(held, { path: `bad-${n}`, bytes: 1 })
    await announce(held, { path: 'good', bytes: 1 })
    await backdate(held)
    const deleteMany: ObjectStore['deleteMany'] = async (keys) =>
      keys.filter((key) => key.includes('/bad-')).map((key) => ({ key, error: 'never' }))
    const failing = withObjects({ deleteMany })
    const done = { swept: 1, failed: 105, ended: 0, more: false }
    expect(await sweepOutputs(failing, EVER)).toEqual(done)
    expect(await sweepOutputs(failing, EVER)).toEqual({ ...done, swept: 0 })
    expect(await sweepOutputs(at().admin, EVER)).toEqual({ ...done, swept: 105, failed: 0 })
  })

  it('finds a stray behind 1,000 uploads that were begun just now', async () => {
    const { ledger, objects, admin } = at()
    const key = 'jobs/behind/stray'
    await objects.createMultipart(key)
    const tomorrow = Date.now() + 86_400_000
    const startedAt = new Date(tomorrow).toISOString()
    const young = Array.from({ length: 1_000 }, (_, n) => ({
      key: `jobs/a/${n}`,
      uploadId: 'young',
      startedAt,
    }))
    const listMultiparts: ObjectStore['listMultiparts'] = async ({ prefix, limit = 1_000 }) =>
      prefix === 'jobs/'
        ? [...young, ...(await objects.listMultiparts({ prefix: 'jobs/behind/' }))].slice(0, limit)
        : []
    await ledger.forgetChores()
    const { limits } = await ledger.another()
    const crowded = { ...admin, limits, objects: { ...objects, listMultiparts }, now: () => tomorrow }
    expect(await sweepOutputs(crowded, EVER)).toMatchObject({ ended: 1 })
    expect(await objects.listMultiparts({ prefix: key })).toEqual([])
  })

  it('ends uploads that nobody knows of, a day after they were begun', async () => {
    const held = await at().hold()
    const { ledger, objects, admin } = at()
    await announceParts(held, { path: 'announced', bytes: 65 * MIB })
    const folder = `jobs/${held.run.folderName}`
    for (const key of [
      `${folder}/stray`,
      `${folder}/.2/announced`,
      'logs/0-1-stray.log.gz',
      'elsewhere/stray',
    ])
      await objects.createMultipart(key)
    const left = async () => (await objects.listMultiparts({ prefix: '' })).map(({ key }) => key)
    // Another instance, an hour later: the first one has looked just now.
    const later = async (now: () => number) => {
      await ledger.forgetChores()
      return sweepOutputs({ ...admin, limits: (await ledger.another()).limits, now }, EVER)
    }
    const tomorrow = () => Date.now() + 86_400_000
    expect(await later(Date.now)).toMatchObject({ ended: 0 })
    expect(await later(tomorrow)).toMatchObject({ ended: 3 })
    const keys = await left()
    expect(keys).toEqual(expect.arrayContaining([`${folder}/announced`, 'elsewhere/stray']))
    expect(keys.filter((key) => key.includes('stray') || key.includes('/.2/'))).toEqual(['elsewhere/stray'])
    expect(await later(tomorrow)).toMatchObject({ ended: 0 })
    const listMultiparts = async () => {
      throw new Error('the store lists no uploads')
    }
    const failing = {
      ...admin,
      limits: (await ledger.another()).limits,
      objects: { ...objects, listMultiparts },
    }
    await ledger.forgetChores()
    expect(await sweepOutputs(failing, EVER)).toMatchObject({ ended: 0, more: false })
    await objects.createMultipart(`${folder}/too soon`)
    expect(await sweepOutputs({ ...admin, now: tomorrow }, EVER)).toMatchObject({ ended: 0 })
  })
})
