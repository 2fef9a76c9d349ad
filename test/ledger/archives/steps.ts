import { createCipheriv, createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect } from 'vitest'
import { checkArchive } from '../../../lib/archive/check-archive.ts'
import { codec } from '../../../lib/archive/codec.ts'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { sha256 } from '../../contracts/object-store/steps.ts'
import type { ObjectHarness } from '../../contracts/object-store.contract.ts'
import { openDiskHarness } from '../../objects/disk-server.ts'
import { POSTGRES, type Tenant, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { s3Harness } from '../../support/s3-harness.ts'
import { type S3Server, startS3Server } from '../../support/s3-server/start.ts'
import { compact, Writer } from '../logs/steps.ts'
import { put } from '../outputs/steps.ts'
import { stored, working } from '../steps.ts'

export interface Place {
  name: string
  open: () => Promise<ObjectHarness & { server?: S3Server }>
}

/** Where files are. The database is the same: only it knows of archives. */
export const PLACES: Place[] = [
  { name: 'a disk', open: openDiskHarness },
  {
    name: 'the S3 test server',
    open: async () => {
      const server = await startS3Server()
      return { ...s3Harness(server.options, server.close), server }
    },
  },
]
export const S3 = must(PLACES[1])

/** Who made the run, and what is in it. */
export interface Made extends Tenant {
  id: string
  log: string
  /** The SHA-256 of each by the key of its object, with the log's. */
  files: Map<string, string>
}

export interface TestArchives {
  ledger: TestLedger
  objects: ObjectStore
  server: S3Server
  admin: Context
  /** A run that has ended, with these files and a log of so many lines. */
  ended(contents: Record<string, string | Buffer>, lines?: number): Promise<Made>
}

/** One ledger whose files are behind sockets, for the tests of the `describe` this is called in. */
export function useArchives(place: Place): () => TestArchives {
  const at = useLedger(POSTGRES)
  let harness: Awaited<ReturnType<Place['open']>> | undefined
  beforeAll(async () => {
    harness = await place.open()
  })
  afterAll(() => harness?.close())
  return () => {
    const ledger = at()
    const { store: objects, server } = must(harness)
    const on = (ctx: Context): Context => ({ ...ctx, objects, storeFaults: async () => [] })
    const admin = on(ledger.as())
    return {
      ledger,
      objects,
      admin,
      get server() {
        return must(server)
      },
      async ended(contents, lines = 3) {
        const tenant = ledger.tenant()
        const [person, worker] = [on(tenant.person), on(tenant.worker)]
        const held = await working({ ...tenant, person, worker })
        for (const [path, content] of Object.entries(contents))
          await put({ ...held, worker, person }, path, content)
        const writer = new Writer(worker, held)
        const log = Array.from({ length: lines }, (_, n) => `line ${n} of a log\n`).join('')
        if (lines > 0) await writer.write(log)
        await writer.succeed()
        if (lines > 0) await compact({ ...ledger, as: () => admin }, held.id)
        const files = await originalsOf({ ledger, objects }, held.id)
        return { ...tenant, person, worker, id: held.id, log, files }
      },
    }
  }
}

type Stores = Pick<TestArchives, 'ledger' | 'objects'>

/** What there is of a run's originals: the SHA-256 of each by its key. */
export async function originalsOf({ ledger, objects }: Stores, id: string): Promise<Map<string, string>> {
  const run = await stored(ledger, id)
  const keys = (await objects.list({ prefix: `jobs/${folderOf(run)}/` })).map(({ key }) => key)
  const found = new Map<string, string>()
  for (const key of [...keys, run.logFile ?? '']) {
    const object = key === '' ? null : await objects.get(key)
    if (object !== null) found.set(key, sha256(await buffer(object.body)))
  }
  return found
}

/** Every archive object of a run. */
export async function archivesOf({ ledger, objects }: Stores, id: string): Promise<string[]> {
  const folder = folderOf(await stored(ledger, id))
  const all = await objects.list({ prefix: `archive/${folder.slice(0, 4)}/${folder.slice(4, 6)}/${folder}` })
  return all.map(({ key }) => key)
}

export const archive = (at: TestArchives, id: string) => archiveRun(at.admin, { id })
export const restore = (at: TestArchives, id: string) => restoreRun(at.admin, { id })

/** Bytes that do not compress, always the same of a seed. */
export function noise(bytes: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}

/** Every file is there as an original, or in an archive of its run that is whole. */
export async function expectNothingLost(at: Stores, id: string, files: Map<string, string>): Promise<void> {
  const there = await originalsOf(at, id)
  let missing = [...files].filter(([key, hash]) => there.get(key) !== hash)
  for (const key of missing.length === 0 ? [] : await archivesOf(at, id)) {
    const { body } = must(await at.objects.get(key))
    const kept = await checkArchive(body, { codec: codec('gzip') }).catch(() => null)
    const held = new Map(kept?.manifest.entries.map((entry) => [entry.key, entry.sha256]))
    missing = missing.filter(([original, hash]) => held.get(original) !== hash)
  }
  expect(missing).toEqual([])
}

/** Another byte in the middle of an object. */
export async function flipByte(objects: ObjectStore, key: string): Promise<void> {
  const { body, metadata } = must(await objects.get(key))
  const bytes = await buffer(body)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await objects.put(key, bytes, { metadata })
}
