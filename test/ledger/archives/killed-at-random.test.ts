import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { clearAbandoned } from '../../../lib/ledger/archives/clear-abandoned.ts'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { verifyAudit } from '../../../lib/ledger/audit/verify-audit.ts'
import { lapse } from '../../contracts/archive-steps.ts'
import { must } from '../../contracts/harness.ts'
import { startChild } from '../../contracts/start-child.ts'
import { killsOr, timeForKills } from '../../support/kills.ts'
import type { Operation } from '../../support/s3-server/asked.ts'
import {
  breakBody,
  changeText,
  type Fault,
  ignore,
  loseAnswer,
  refuse,
} from '../../support/s3-server/faults.ts'
import { stored } from '../steps.ts'
import { archivesOf, expectNothingLost, type Made, noise, originalsOf, S3, useArchives } from './steps.ts'
import type { Loop } from './storage-child.ts'

const MIB = 1024 * 1024
const KILLS = killsOr(6)
const LOOP = '../../ledger/archives/fixtures/storage-loop.ts'

const FAULTS: [Operation | 'any', Fault][] = [
  ['any', refuse(503, 'SlowDown')],
  ['any', ignore('cut')],
  ['any', loseAnswer()],
  ['GetObject', breakBody(10, 'cut')],
  ['UploadPart', loseAnswer()],
  ['CompleteMultipartUpload', loseAnswer()],
  ['DeleteObjects', refuse(500, 'InternalError')],
  ['ListObjectsV2', changeText((xml) => xml.slice(0, xml.length / 2))],
]

describe('processes that archive and restore, killed at random while the store fails now and then,', () => {
  const at = useArchives(S3)

  it(`lose nothing, archive nothing twice and leave nothing behind: ${KILLS} kills`, {
    timeout: timeForKills(KILLS, 20_000),
  }, async () => {
    const runs: Made[] = []
    for (let n = 0; n < 3; n++)
      runs.push(await at().ended({ 'a.csv': `${n}`, 'b/c.txt': 'x'.repeat(5_000), 'd.txt': `d${n}` }))
    runs.push(await at().ended({ 'large.bin': noise(6 * MIB, 'large'), 'e.txt': 'e' }))
    const loop: Loop = {
      address: at().ledger.address,
      s3: at().server.options,
      ids: runs.map(({ id }) => id),
      leaseSeconds: 1,
    }
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startChild(LOOP, loop)
      const fault = kill % 2 === 1 ? FAULTS[Math.floor(Math.random() * FAULTS.length)] : undefined
      try {
        await child.hasPrinted(1)
        if (fault) at().server.fail(...fault, 1 + (kill % 3))
        // Anywhere in its work: nothing hangs on when.
        await delay(Math.random() * 1_500)
        child.mustLive()
      } finally {
        child.kill()
        await child.gone
      }
      at().server.recover()
      for (const { id, files } of runs) await expectNothingLost(at(), id, files)
      for (const { id } of runs) await lapse(at().ledger.store, id)
    }
    await settle(runs)
  })

  /** What the sweeps do afterwards, and what there is then. */
  async function settle(runs: Made[]): Promise<void> {
    const { admin, objects } = at()
    const resumed = await resumeStorage(admin, { until: Number.POSITIVE_INFINITY })
    expect(resumed.errors).toEqual([])
    const keys = new Set<string>()
    for (const { id } of runs) {
      await archiveRun(admin, { id })
      const run = await stored(at().ledger, id)
      expect(run.storageState).toBe('archived')
      expect(await originalsOf(at(), id)).toEqual(new Map())
      await clearAbandoned(admin, id)
      expect(await archivesOf(at(), id)).toEqual([run.archivePath])
      expect(await verifyArchive(admin, id)).toMatchObject({ fault: null })
      keys.add(must(run.archivePath))
    }
    expect(await objects.listMultiparts({ prefix: 'archive/' })).toEqual([])
    expect((await objects.list({ prefix: '' })).map(({ key }) => key).toSorted()).toEqual(
      [...keys].toSorted(),
    )
    expect(await verifyAudit(admin, {})).toMatchObject({ ok: true })
  }
})
