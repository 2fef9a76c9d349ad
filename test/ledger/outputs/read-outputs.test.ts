import { describe, expect, it } from 'vitest'
import { getOutput } from '../../../lib/ledger/outputs/get-output.ts'
import { listOutputs } from '../../../lib/ledger/outputs/list-outputs.ts'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import { tarOutputs } from '../../../lib/ledger/outputs/tar-outputs.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import { readAll, text } from '../../contracts/object-store/steps.ts'
import { enqueued, refusal } from '../steps.ts'
import { announce, type Held, PLACES, put, upload, useOutputs } from './steps.ts'

describe.each(PLACES)('reading outputs with $name', (place) => {
  const at = useOutputs(place)
  const paths = async ({ id, person }: Held) =>
    (await listOutputs(person, { id })).data.map(({ path, fence }) => `${path} ${fence}`)
  const read = async ({ id, person }: Held, path: string, range?: { start: number; end?: number }) =>
    new TextDecoder().decode(
      await readAll((await openOutput(person, { id, path, ...(range ? { range } : {}) })).body),
    )

  describe('the list', () => {
    it('has what was committed, in order of path, each as it was answered', async () => {
      const held = await at().hold()
      const outputs: RunOutput[] = []
      for (const path of ['b', 'a/z', 'Z', 'ü', 'a']) outputs.push(await upload(held, path))
      await announce(held, { path: 'on its way', bytes: 1 })
      const { data, nextCursor } = await listOutputs(held.person, { id: held.id })
      expect(data.map(({ path }) => path)).toEqual(['Z', 'a', 'a/z', 'b', 'ü'])
      expect(data).toEqual(expect.arrayContaining(outputs))
      expect(nextCursor).toBeNull()
      expect(Object.keys(data[0] ?? {}).toSorted()).toEqual(
        ['bytes', 'contentType', 'createdAt', 'fence', 'path', 'sha256'].toSorted(),
      )
    })

    it('comes in pages that meet, with nothing twice or missing', async () => {
      const held = await at().hold()
      const all = Array.from({ length: 7 }, (_, n) => `${'ü/'.repeat(n)}${n}`).toSorted()
      for (const path of all) await put(held, path, path)
      const seen: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await listOutputs(held.person, { id: held.id, limit: 3, ...(cursor ? { cursor } : {}) })
        expect(page.data.length).toBeLessThanOrEqual(3)
        seen.push(...page.data.map(({ path }) => path))
        if (page.nextCursor === null) break
        cursor = page.nextCursor
      }
      expect(seen.toSorted()).toEqual(all)
      expect(new Set(seen).size).toBe(7)
    })

    it('of a run without files is empty, of none there is none', async () => {
      const { person } = await at().hold()
      const { id } = await enqueued(person)
      expect(await listOutputs(person, { id })).toEqual({ data: [], nextCursor: null })
      const none = await refusal(listOutputs(person, { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }))
      expect(none).toMatchObject({ code: 'not_found' })
    })

    it('refuses a limit or a cursor that is none', async () => {
      const { person, id } = await at().hold()
      for (const wrong of [
        { limit: 0 },
        { limit: 101 },
        { cursor: 'x' },
        { cursor: btoa('../a') },
        { cursor: '!' },
      ])
        expect(await refusal(listOutputs(person, { id, ...wrong }))).toMatchObject({ code: 'invalid' })
    })

    it('has the last attempt’s of what several attempts produced', async () => {
      const held = await at().hold()
      await put(held, 'both', 'first')
      await put(held, 'only the first', '1')
      const next = await at().holdAgain(held)
      await put(next, 'both', 'second')
      await announce(next, { path: 'only the first', bytes: 1 })
      expect(await paths(next)).toEqual(['both 2', 'only the first 1'])
      expect([await read(next, 'both'), await read(next, 'only the first')]).toEqual(['second', '1'])
    })
  })

  describe('the link', () => {
    it('gives the file to whoever has it, as an attachment by its name', async () => {
      const held = await at().hold()
      const output = await upload(held, 'berichte/Übersicht "1".csv', 'a,b\n')
      const link = await getOutput(held.person, { id: held.id, path: output.path })
      expect(link.output).toEqual(output)
      expect(Date.parse(link.expiresAt) - held.person.now()).toBe(15 * 60 * 1_000)
      const response = await fetch(link.url)
      expect([response.status, await response.text()]).toEqual([200, 'a,b\n'])
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="_bersicht _1_.csv"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.csv`,
      )
      const range = await fetch(link.url, { headers: { range: 'bytes=2-' } })
      expect([range.status, await range.text()]).toEqual([206, 'b\n'])
    })

    it('finds a file by either Unicode form of its name', async () => {
      const held = await at().hold()
      await put(held, 'e\u0301', 'x')
      for (const path of ['e\u0301', '\u00e9'])
        expect((await getOutput(held.person, { id: held.id, path })).output.path).toBe('\u00e9')
    })

    it('is of no file that is not there, or not committed', async () => {
      const held = await at().hold()
      await announce(held, { path: 'on its way', bytes: 1 })
      for (const path of ['none', 'on its way'])
        expect(await refusal(getOutput(held.person, { id: held.id, path }))).toMatchObject({
          code: 'not_found',
          message: `run ${held.id} has no output ${path}`,
        })
      expect(await refusal(getOutput(held.person, { id: held.id, path: '../a' }))).toMatchObject({
        code: 'invalid',
      })
    })
  })

  describe('a file', () => {
    it('is streamed whole, or from where to where it is asked for', async () => {
      const held = await at().hold()
      await put(held, 'a', '0123456789')
      expect(await read(held, 'a')).toBe('0123456789')
      expect(await read(held, 'a', { start: 4 })).toBe('456789')
      expect(await read(held, 'a', { start: 4, end: 5 })).toBe('45')
      expect(await read(held, 'a', { start: 0, end: 99 })).toBe('0123456789')
      const beyond = { id: held.id, path: 'a', range: { start: 10 } }
      expect(await refusal(openOutput(held.person, beyond))).toMatchObject({ code: 'invalid' })
    })

    it('that is gone from the store, or is another there, is not given for it', async () => {
      const held = await at().hold()
      await put(held, 'a', 'abc')
      await put(held, 'b', 'abc')
      const folder = `jobs/${(await refolder(held)).folder}`
      await at().objects.put(`${folder}/a`, text('abd'))
      await at().objects.deleteMany([`${folder}/b`])
      for (const path of ['a', 'b'])
        expect(await refusal(openOutput(held.person, { id: held.id, path }))).toMatchObject({
          code: 'unavailable',
        })
    })

    it('stays after its run has ended', async () => {
      const held = await at().hold()
      await put(held, 'a', 'abc')
      await succeedRun(held.worker, { leaseToken: held.leaseToken })
      expect(await read(held, 'a')).toBe('abc')
    })
  })

  it.each(['archived', 'restoring'])('of a run that is %s have no URL', async (state) => {
    const held = await at().hold()
    const { id, person } = held
    await put(held, 'a', 'abc')
    await at().ledger.store.raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${id}'`)
    expect(await refusal(getOutput(person, { id, path: 'a' }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(id),
    })
  })

  it.each([
    ['active', null],
    ['archiving', null],
    ['deleting', 'not_found'],
    ['deleted', 'not_found'],
  ])('the files of a run that is %s: %s', async (state, code) => {
    const held = await at().hold()
    const { id, person } = held
    await put(held, 'a', 'abc')
    await at().ledger.store.raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${id}'`)
    const asks = [
      () => getOutput(person, { id, path: 'a' }),
      async () => readAll((await openOutput(person, { id, path: 'a' })).body),
      () => tarOutputs(person, { id }),
    ]
    for (const ask of asks)
      if (code === null) expect(await ask()).toBeTruthy()
      else expect(await refusal(ask())).toMatchObject({ code, message: expect.stringContaining(id) })
  })

  const refolder = ({ id, person }: Held) => tarOutputs(person, { id })
})
