import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { sweepVerify } from '../../../lib/ledger/archives/sweep-verify.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { must } from '../../contracts/harness.ts'
import { refuse } from '../../support/s3-server/faults.ts'
import { stored } from '../steps.ts'
import { archive, flipByte, noise, PLACES, restore, S3, useArchives } from './steps.ts'

const FILES = { 'a.bin': noise(50_000, 'a'), 'b.txt': 'b' }

describe.each(PLACES)('verifying archives on $name', (place) => {
  const at = useArchives(place)

  it('reads every one again, and notes when', async () => {
    const runs = [await at().ended(FILES), await at().ended(FILES)]
    for (const { id } of runs) await archive(at(), id)
    const before = await stored(at().ledger, must(runs[0]).id)
    const sweep = await startSweep(at().admin, { kind: 'verify' })
    expect(sweep).toMatchObject({ status: 'completed', counts: { verified: 2, damaged: 0 }, more: false })
    const after = await stored(at().ledger, must(runs[0]).id)
    expect(must(after.archiveVerifiedAt) > must(before.archiveVerifiedAt)).toBe(true)
    for (const { id } of runs) await restore(at(), id)
    expect(await sweepVerify(at().admin)).toMatchObject({ counts: { verified: 0 } })
  })

  it('finds a flipped byte, holds the run, alerts once, and ends that when it is right again', async () => {
    const { id } = await at().ended(FILES)
    const key = must((await archive(at(), id)).archivePath)
    const right = must(await at().objects.get(key))
    const bytes = await buffer(right.body)
    await flipByte(at().objects, key)
    for (let pass = 0; pass < 2; pass++)
      expect(await sweepVerify(at().admin)).toMatchObject({
        status: 'partial',
        counts: { damaged: 1 },
        errors: [{ item: id }],
      })
    const held = await stored(at().ledger, id)
    expect(held).toMatchObject({ storageState: 'archived' })
    expect(held.holdUntil).not.toBeNull()
    const holds = await at().admin.retentionStore.holds(id, 10)
    expect(holds).toMatchObject([{ reason: expect.stringMatching(/is damaged/) }])
    expect(await alerts(id)).toMatchObject([{ resolvedAt: null, type: 'archive.damaged' }])
    await at().objects.put(key, bytes, { metadata: right.metadata })
    expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: null })
    expect(await alerts(id)).toMatchObject([{ resolvedAt: expect.anything() }])
    await restore(at(), id)
  })

  it('finds one that has gone', async () => {
    const { id } = await at().ended(FILES)
    await at().objects.deleteMany([must((await archive(at(), id)).archivePath)])
    expect(await verifyArchive(at().admin, id)).toMatchObject({
      fault: expect.stringMatching(/is not in the object store/),
    })
  })

  async function alerts(id: string) {
    return await at().ledger.store.raw(`SELECT * FROM alerts WHERE key = 'archive.damaged:${id}'`)
  }
})

describe('a verify sweep', () => {
  const at = useArchives(S3)

  it('reads so many bytes at most, those that were read longest ago first', async () => {
    const runs = [await at().ended(FILES), await at().ended(FILES), await at().ended(FILES)]
    for (const { id } of runs) await archive(at(), id)
    const first = await sweepVerify(at().admin, {}, { bytes: 110_000 })
    expect(first).toMatchObject({ counts: { verified: 2 }, more: true, status: 'completed' })
    const second = await sweepVerify(at().admin, {}, { bytes: 1 })
    expect(second).toMatchObject({ counts: { verified: 1 }, more: true })
    const dates = await Promise.all(runs.map(({ id }) => stored(at().ledger, id)))
    const all = dates.map(({ archiveVerifiedAt }) => must(archiveVerifiedAt))
    expect(must(all[2]) > must(all[0]) && must(all[2]) > must(all[1])).toBe(true)
    const looked = await sweepVerify(at().admin, { dryRun: true })
    expect(looked).toMatchObject({ plan: { archives: 3 }, counts: { verified: 0 } })
    for (const { id } of runs) await restore(at(), id)
  })

  it('that is killed over one leaves the others the next turn', async () => {
    const runs = [await at().ended(FILES), await at().ended(FILES)]
    for (const { id } of runs) await archive(at(), id)
    const [first, second] = runs.map(({ id }) => id)
    const killed = {
      ...at().admin,
      objects: {
        ...at().objects,
        get: async () => {
          throw new Error('killed here')
        },
      },
    }
    await expect(verifyArchive(killed, must(first))).rejects.toThrow('killed here')
    const next = await at().admin.archives.leastVerified({ before: '9999-01-01T00:00:00.000Z', limit: 10 })
    expect(next.map(({ runId }) => runId)).toEqual([second, first])
    for (const { id } of runs) await restore(at(), id)
  })

  it('does not call damaged what cannot be read', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    at().server.fail('GetObject', refuse(503, 'SlowDown'))
    const sweep = await sweepVerify(at().admin)
    at().server.recover()
    expect(sweep).toMatchObject({ status: 'failed', counts: { damaged: 0, verified: 0 } })
    expect((await stored(at().ledger, id)).holdUntil).toBeNull()
    expect(await sweepVerify(at().admin)).toMatchObject({ status: 'completed', counts: { verified: 1 } })
  })
})
