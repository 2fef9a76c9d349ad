import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { MIN_PART_BYTES } from '../../../lib/ports/object-store.ts'
import { must } from '../../contracts/harness.ts'
import { originalsOf, PLACES, useArchives } from './steps.ts'

const MIB = 1024 * 1024

describe.each(PLACES)('what compresses to next to nothing on $name', (place) => {
  const at = useArchives(place)

  it('is archived over several passes all the same, each of which saves its place', {
    timeout: 120_000,
  }, async () => {
    const { id, files } = await at().ended({ 'a.log': Buffer.alloc(20 * MIB, 'again\n'), 'b.txt': 'b' })
    const over = { budgetMs: 0, partTarBytes: MIB, wholeBytes: 0 }
    for (let noted = 0; ; ) {
      const { storageState } = await archiveRun(at().admin, { id }, over)
      if (storageState === 'archived') break
      const { archives } = at().admin
      const now = (await archives.parts(id, 1)).length + (must(await archives.last(id)).reading?.parts ?? 0)
      expect(now).toBeGreaterThan(noted)
      noted = now
    }
    const run = must(await at().admin.archives.inForce(id))
    const parts = await at().admin.archives.parts(id, 1)
    expect(parts.length).toBeGreaterThan(2)
    for (const { bytes, tarBytes } of parts.slice(0, -1)) {
      expect(bytes).toBeGreaterThanOrEqual(MIN_PART_BYTES)
      expect(tarBytes).toBeLessThan(7 * MIB)
    }
    const object = await buffer(must(await at().objects.get(run.key)).body)
    expect(gunzipSync(object).length).toBe(run.tarBytes)
    expect(await originalsOf(at(), id)).toEqual(new Map())
    await restoreRun(at().admin, { id })
    expect(await originalsOf(at(), id)).toEqual(files)
  })
})
