import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackedUp } from '../../lib/ledger/backups/backup-ledger.ts'
import type { Backup } from '../../lib/run/backup.ts'
import { allRows, fillEveryTable } from '../ledger/backups/every-table.ts'
import { runCli, startCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import type { Operation } from '../support/s3-server/asked.ts'
import { type S3Server, startS3Server } from '../support/s3-server/start.ts'

describe('a killed', () => {
  let database: TestDatabase
  let fresh: TestDatabase
  let s3: S3Server
  let bucket: Record<string, string>
  beforeAll(async () => {
    ;[database, fresh, s3] = await Promise.all([createDatabase(), createDatabase(), startS3Server()])
    const { endpoint, bucket: name, region, accessKeyId, secretAccessKey } = s3.options
    bucket = {
      ...{ S3_ENDPOINT: endpoint, S3_BUCKET: name, S3_REGION: region },
      ...{ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
    }
    await fillEveryTable(database.url)
  })
  afterAll(() => Promise.all([database.drop(), fresh.drop(), s3.close()]))

  const backup = (env: Record<string, string>, ...args: string[]) =>
    runCli(['backup', ...args, '--json'], { env: { ...bucket, ...env } })
  const listed = async (): Promise<Backup[]> =>
    JSON.parse((await backup({ DATABASE_URL: database.url }, 'list')).stdout)
  /** Kills a command just before the store does what it is asked for the nth time. */
  const killedAt = async (args: string[], url: string, operation: Operation, nth: number) => {
    const cli = startCli(['backup', ...args], { env: { ...bucket, DATABASE_URL: url } })
    let count = 0
    const kill = () => {
      if (++count === nth) cli.process.kill('SIGKILL')
    }
    s3.fail(
      operation,
      (perform) => {
        kill()
        return perform()
      },
      10_000,
    )
    expect((await cli.ended).signal).toBe('SIGKILL')
    s3.recover()
  }
  /** Its connection may still have to be found gone, and a second has one backup. */
  const complete = async (): Promise<Backup> => {
    for (;;) {
      const { code, stdout, stderr } = await backup({ DATABASE_URL: database.url }, 'now')
      if (/another backup is being made|already; try again in a second/.test(stderr)) continue
      expect([code, stderr]).toEqual([0, ''])
      return (JSON.parse(stdout) as BackedUp).backup
    }
  }

  it('backup is listed as incomplete, cannot be brought back, and is in nobody’s way', async () => {
    await killedAt(['now'], database.url, 'PutObject', 12)
    const [left] = await listed()
    expect(left).toMatchObject({ status: 'incomplete' })
    const refused = await backup({ DATABASE_URL: fresh.url }, 'restore', left?.id ?? '')
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('no complete backup')])
    const made = await complete()
    expect(await listed()).toEqual([made, left])
  })

  it('restore leaves the database empty, and is done again', async () => {
    const { id, tables } = await complete()
    // The manifest, all files once, and half of them again: rows have been written by then.
    const nth = 1 + Math.floor((tables ?? 0) * 1.5)
    await killedAt(['restore', id], fresh.url, 'GetObject', nth)
    expect(Object.values(await allRows(fresh.url)).flat()).toEqual([])
    const restored = await backup({ DATABASE_URL: fresh.url }, 'restore', id)
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    expect((await allRows(fresh.url)).runs).toEqual((await allRows(database.url)).runs)
  })
})
