import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { getArchive } from '../../../lib/ledger/archives/get-archive.ts'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { followLog } from '../../../lib/ledger/logs/follow-log.ts'
import { readLog } from '../../../lib/ledger/logs/read-log.ts'
import { fetchOutput } from '../../../lib/ledger/outputs/fetch-output.ts'
import { getOutput } from '../../../lib/ledger/outputs/get-output.ts'
import { listOutputs } from '../../../lib/ledger/outputs/list-outputs.ts'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import { tarOutputs } from '../../../lib/ledger/outputs/tar-outputs.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { followRun } from '../../../lib/ledger/runs/follow-run.ts'
import { getRun } from '../../../lib/ledger/runs/get-run.ts'
import { listRunEvents } from '../../../lib/ledger/runs/list-run-events.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { sha256 } from '../../contracts/object-store/steps.ts'
import { logOf, textOf } from '../logs/steps.ts'
import { refusal } from '../steps.ts'
import { archive, noise, PLACES, restore, S3, useArchives } from './steps.ts'

const MIB = 1024 * 1024
/** The ways to what is known of a run. */
const record = (id: string): ((ctx: Context) => Promise<unknown>)[] => [
  (ctx) => getRun(ctx, { id }),
  (ctx) => listRunEvents(ctx, { id }),
  (ctx) => followRun(ctx, { id }, AbortSignal.timeout(1_000)),
]
const FILES = { 'a.csv': 'a,b\n1,2\n', 'b/é.txt': 'x'.repeat(10_000), 'empty.txt': '' }

describe.each(PLACES)('what is archived on $name', (place) => {
  const at = useArchives(place)

  it.each([
    ['short', 3],
    ['long, compressed', 6_000],
  ])('can be read as it could before: a log that is %s', async (_, lines) => {
    const { id, log, person } = await at().ended({ 'a.csv': '1' }, lines)
    await archive(at(), id)
    expect(await logOf(person, id)).toBe(log)
    expect(await logOf(person, id, { from: 7, to: 20 })).toBe(log.slice(7, 20))
    const { from, total } = await readLog(person, { id, tail: 30 })
    expect(total).toBe(log.length)
    expect(await logOf(person, id, { tail: 30 })).toBe(log.slice(from))
    const stream = await followLog(person, { id }, AbortSignal.timeout(30_000))
    expect(await textOf(stream.body)).toBe(log)
  })

  it('can be read as it could before: files', async () => {
    const { id, person } = await at().ended(FILES)
    await archive(at(), id)
    const { data } = await listOutputs(person, { id })
    expect(data.map(({ path }) => path)).toEqual(Object.keys(FILES))
    for (const [path, content] of Object.entries(FILES)) {
      const { output, body } = await openOutput(person, { id, path })
      expect(output).toMatchObject({ path, bytes: Buffer.byteLength(content) })
      expect(await textOf(body)).toBe(content)
    }
    const part = await openOutput(person, { id, path: 'a.csv', range: { start: 2, end: 4 } })
    expect(await textOf(part.body)).toBe('b\n1')
    expect(await refusal(openOutput(person, { id, path: 'a.csv', range: { start: 99 } }))).toMatchObject({
      code: 'invalid',
    })
    expect(await refusal(openOutput(person, { id, path: 'none' }))).toMatchObject({ code: 'not_found' })
    const fetched = await fetchOutput(person, { id, path: 'a.csv' })
    if (fetched.from !== 'archive') return expect.fail('it is in the archive')
    expect(await textOf(fetched.body)).toBe(FILES['a.csv'])
    expect(await refusal(getOutput(person, { id, path: 'a.csv' }))).toMatchObject({ code: 'conflict' })
  })

  it('can be read as one tar', async () => {
    const { id, person } = await at().ended(FILES)
    await archive(at(), id)
    const { folder, body } = await tarOutputs(person, { id })
    const found: Record<string, string> = {}
    const tar = extract()
    Readable.from(body).pipe(tar)
    for await (const entry of tar) found[entry.header.name] = (await buffer(entry)).toString()
    expect(found).toEqual(
      Object.fromEntries(Object.entries(FILES).map(([path, content]) => [`${folder}/${path}`, content])),
    )
  })

  it('is given as a whole to whoever has the URL', async () => {
    const { id, person } = await at().ended(FILES)
    const run = await archive(at(), id)
    const { url, fileName, bytes, sha256: hash } = await getArchive(person, { id })
    expect(fileName).toMatch(/\.tar\.gz$/)
    const response = await fetch(url)
    expect(response.headers.get('content-disposition')).toContain(fileName)
    const got = Buffer.from(await response.arrayBuffer())
    expect([got.length, sha256(got)]).toEqual([bytes, hash])
    expect([bytes, hash]).toEqual([run.archiveBytes, run.archiveSha256])
  })

  it('is for who made the run, and for admins, by whatever way', async () => {
    const { id, person } = await at().ended(FILES)
    const stranger: Context = { ...person, actor: { ...person.actor, name: 'somebody else' } }
    expect(await logOf(stranger, id)).not.toBe('')
    await archive(at(), id)
    const ways: ((ctx: Context) => Promise<unknown>)[] = [
      (ctx) => readLog(ctx, { id }),
      (ctx) => followLog(ctx, { id }, AbortSignal.timeout(1_000)),
      (ctx) => openOutput(ctx, { id, path: 'a.csv' }),
      (ctx) => fetchOutput(ctx, { id, path: 'a.csv' }),
      (ctx) => tarOutputs(ctx, { id }),
      (ctx) => getArchive(ctx, { id }),
      (ctx) => listOutputs(ctx, { id }),
      ...record(id),
    ]
    for (const way of ways) {
      expect(await refusal(way(stranger))).toMatchObject({ code: 'forbidden' })
      await way(person)
      await way(at().admin)
    }
    for (const change of [cancelRun, retryRun]) {
      expect(await refusal(change(stranger, { id }))).toMatchObject({ code: 'forbidden' })
      expect(await refusal(change(person, { id }))).toMatchObject({ code: 'conflict' })
    }
  })

  it('is for them alone once it is deleted, and for everybody of the project again once it is restored', async () => {
    const { id, person } = await at().ended(FILES)
    const stranger: Context = { ...person, actor: { ...person.actor, name: 'somebody else' } }
    await archive(at(), id)
    await deleteRun(at().admin, { id, reason: 'a test' })
    for (const way of record(id)) {
      expect(await refusal(way(stranger))).toMatchObject({ code: 'forbidden' })
      await way(person)
      await way(at().admin)
    }
    await restore(at(), id)
    for (const way of record(id)) await way(stranger)
  })
})

describe('a file in a large archive', () => {
  const at = useArchives(S3)

  it('is fetched by the parts it is in', { timeout: 120_000 }, async () => {
    const files = { 'a.bin': noise(20 * MIB, 'a'), 'b.bin': noise(20 * MIB, 'b'), 'c.txt': 'the end' }
    const { id, person } = await at().ended(files)
    await archive(at(), id)
    const { length } = await at().admin.archives.parts(id, 1)
    expect(length).toBeGreaterThan(4)
    const before = at().server.asked.length
    const { body } = await openOutput(person, { id, path: 'c.txt' })
    expect(await textOf(body)).toBe('the end')
    expect(at().server.asked.slice(before)).toEqual(['GetObject'])
    const middle = await openOutput(person, {
      id,
      path: 'b.bin',
      range: { start: 10 * MIB, end: 10 * MIB + 9 },
    })
    expect(await buffer(middle.body)).toEqual(must(files['b.bin']).subarray(10 * MIB, 10 * MIB + 10))
  })
})
