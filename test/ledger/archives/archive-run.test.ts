import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { eventsOf, refusal, stored, wholeOf, working } from '../steps.ts'
import { archive, archivesOf, noise, originalsOf, PLACES, useArchives } from './steps.ts'

const MIB = 1024 * 1024
const FILES = { 'a.csv': 'a,b\n1,2\n', 'reports/é.txt': 'x'.repeat(10_000), 'empty.txt': '' }

describe.each(PLACES)('archiving a run on $name', (place) => {
  const at = useArchives(place)

  it('leaves its log and its files in one archive, and nowhere else', async () => {
    const { id, files } = await at().ended(FILES)
    expect(files.size).toBe(4)
    const run = await archive(at(), id)
    const folder = folderOf(run)
    expect(run).toMatchObject({
      storageState: 'archived',
      archivePath: `archive/${folder.slice(0, 4)}/${folder.slice(4, 6)}/${folder}.tar.gz`,
    })
    expect(run).toEqual(await stored(at().ledger, id))
    expect(await originalsOf(at(), id)).toEqual(new Map())
    expect(await archivesOf(at(), id)).toEqual([run.archivePath])
    const object = must(await at().objects.get(must(run.archivePath)))
    const bytes = await buffer(object.body)
    expect(bytes.length).toBe(run.archiveBytes)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(run.archiveSha256)
    expect(gunzipSync(bytes).subarray(0, 200).toString()).toContain(`${folder}/MANIFEST.json`)
    expect(object.contentType).toBe('application/gzip')
    const event = (await eventsOf(at().ledger, id)).at(-1)
    expect(event).toMatchObject({ type: 'run.archived', data: { attempt: 1, bytes: run.archiveBytes } })
    const audit = await at().admin.audit.list({ jobId: id, limit: 10 })
    expect(audit).toMatchObject([{ action: 'run.archived', actor: 'system' }])
  })

  it('writes a large one in parts, each of which is a whole member', { timeout: 120_000 }, async () => {
    const { id } = await at().ended({ 'one.bin': noise(20 * MIB, 'one'), 'two.bin': noise(9 * MIB, 'two') })
    const run = await archive(at(), id)
    const parts = await at().admin.archives.parts(id, 1)
    expect(parts.length).toBeGreaterThan(2)
    const object = await buffer(must(await at().objects.get(must(run.archivePath))).body)
    for (const { start, bytes, tarBytes } of parts)
      expect(gunzipSync(object.subarray(start, start + bytes)).length).toBe(tarBytes)
    expect(await originalsOf(at(), id)).toEqual(new Map())
    expect(await at().objects.listMultiparts({ prefix: 'archive/' })).toEqual([])
  })

  it('again does nothing', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    const before = await wholeOf(at().ledger, id)
    await archive(at(), id)
    expect(await wholeOf(at().ledger, id)).toEqual(before)
    expect(await archivesOf(at(), id)).toHaveLength(1)
  })

  it('makes one object of its log first, where nobody has', async () => {
    const { ledger } = at()
    const { id, log } = await at().ended({ 'a.csv': '1' })
    expect(log).not.toBe('')
    expect((await stored(ledger, id)).logFile).not.toBeNull()
    expect(await archive(at(), id)).toMatchObject({ storageState: 'archived' })
  })

  it('is over parts of the time it has, and the run stays readable until it is through', async () => {
    const { id, files } = await at().ended({ 'a.bin': noise(18 * MIB, 'a') })
    const over = { ...at().admin, now: () => Date.now() }
    for (let passes = 1; ; passes++) {
      const run = await archiveRun(over, { id }, { budgetMs: 0 })
      if (run.storageState === 'archived') {
        expect(passes).toBeGreaterThan(1)
        break
      }
      expect(run.storageState).toBe('archiving')
      expect(await originalsOf(at(), id)).toEqual(files)
    }
    expect(await originalsOf(at(), id)).toEqual(new Map())
  })

  it('is refused while it runs, is held or has nothing', async () => {
    const { ledger, admin } = at()
    const running = await working(ledger.tenant())
    expect(await refusal(archive(at(), running.id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/it is running; only a run that has ended/),
    })
    const bare = await at().ended({}, 0)
    expect(await refusal(archive(at(), bare.id))).toMatchObject({
      message: expect.stringMatching(/neither a log nor files/),
    })
    const { id, files } = await at().ended(FILES)
    await holdRun(admin, { id, reason: 'an audit' })
    expect(await refusal(archive(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/it is held/),
    })
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('is for who made it, and for admins', async () => {
    const { id, person, worker } = await at().ended(FILES)
    const stranger = { ...person, actor: { ...person.actor, name: 'somebody else' } }
    expect(await refusal(archiveRun(stranger, { id }))).toMatchObject({ code: 'forbidden' })
    expect(await refusal(archiveRun(worker, { id }))).toMatchObject({ code: 'forbidden' })
    const reader = { ...person, actor: { ...person.actor, scopes: ['runs:read' as const] } }
    expect(await refusal(archiveRun(reader, { id }))).toMatchObject({ code: 'forbidden' })
    const outsider = { ...person, actor: { ...person.actor, projectId: 'another' } }
    expect(await refusal(archiveRun(outsider, { id }))).toMatchObject({ code: 'not_found' })
    expect(await archiveRun(person, { id })).toMatchObject({ storageState: 'archived' })
  })

  it('takes it out of listings, unless they are asked', async () => {
    const { id, person } = await at().ended(FILES)
    await archive(at(), id)
    expect((await listRuns(person, {})).data).toEqual([])
    expect((await listRuns(person, { storageState: 'archived' })).data).toMatchObject([{ id }])
  })

  it('refuses a run of which a recorded file has gone, and leaves the rest', async () => {
    const { id, files } = await at().ended(FILES)
    const lost = must([...files.keys()].find((key) => key.endsWith('a.csv')))
    await at().objects.deleteMany([lost])
    expect(await refusal(archive(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/a\.csv.*is not in the object store/),
    })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
    files.delete(lost)
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('refuses a run of which a file of an earlier attempt has gone', async () => {
    const { id } = await at().ended(FILES)
    await at().ledger.store.raw(
      `INSERT INTO outputs ("runId", fence, path, bytes, "contentType", "objectKey", "committedAt")
       SELECT "runId", 0, path, bytes, "contentType", "objectKey" || '.0', "committedAt" FROM outputs WHERE "runId" = '${id}' AND path = 'a.csv'`,
    )
    expect(await refusal(archive(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/a\.csv\.0\); the run is left as it is/),
    })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
  })

  it('refuses a run of which a file is not as it was recorded', async () => {
    const { id, files } = await at().ended(FILES)
    const changed = must([...files.keys()].find((key) => key.endsWith('a.csv')))
    await at().objects.put(changed, Buffer.from('another!'))
    expect(await refusal(archive(at(), id))).toMatchObject({
      message: expect.stringMatching(/not as it was recorded/),
    })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
    expect((await originalsOf(at(), id)).size).toBe(4)
  })

  it('takes along what nobody recorded', async () => {
    const { id } = await at().ended(FILES)
    const folder = folderOf(await stored(at().ledger, id))
    await at().objects.put(`jobs/${folder}/by hand.txt`, Buffer.from('here'), { contentType: 'text/plain' })
    await archive(at(), id)
    expect(await originalsOf(at(), id)).toEqual(new Map())
    const { manifest } = must(await at().admin.archives.inForce(id))
    expect(JSON.parse(manifest).entries).toContainEqual(
      expect.objectContaining({ path: 'outputs/by hand.txt', bytes: 4, contentType: 'text/plain' }),
    )
  })

  it('refuses a name that is not safe, and says so in the log', async () => {
    const { id } = await at().ended(FILES)
    const folder = folderOf(await stored(at().ledger, id))
    await at().objects.put(`jobs/${folder}/../../etc/passwd`, Buffer.from('x'))
    expect(await refusal(archive(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/its name holds the segment \.\./),
    })
    expect(at().ledger.logged).toContainEqual(
      expect.objectContaining({ message: 'an object whose name is not safe is not archived' }),
    )
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
  })

  it('removes nothing from a store that is not to be trusted', async () => {
    const { id, files } = await at().ended(FILES)
    const admin = { ...at().admin, storeFaults: async () => ['lists leave out objects'] }
    expect(await refusal(archiveRun(admin, { id }))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/nothing is removed .* lists leave out objects/),
    })
    expect(await originalsOf(at(), id)).toEqual(files)
  })
})
