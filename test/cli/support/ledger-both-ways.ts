import { afterAll, beforeAll } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { createDatabase } from '../../support/database.ts'
import { type S3Server, startS3Server } from '../../support/s3-server/start.ts'
import { type ServerProcess, startServerWithDatabase } from '../../support/server.ts'

/** A ledger, and both ways in which the command line gets to it. */
export interface LedgerBothWays {
  /** What is in its database. */
  store: OpenStore
  server: ServerProcess
  s3: S3Server
  /** Through the server. */
  remote: Record<string, string>
  /** In its database, and its bucket where it has one. */
  database: Record<string, string>
}

export const WAYS = [
  ['through a server', 'remote'],
  ['in a database', 'database'],
] as const

/** One for the tests of a file. Without `bucket` the server keeps files in a folder, which nobody else finds. */
export function useLedgerBothWays({ bucket = false } = {}): () => LedgerBothWays {
  let ledger: LedgerBothWays & { close(): Promise<void> }
  beforeAll(async () => {
    ledger = await open(bucket)
  })
  afterAll(() => ledger?.close())
  return () => ledger
}

async function open(hasBucket: boolean): Promise<LedgerBothWays & { close(): Promise<void> }> {
  const [made, s3] = await Promise.all([createDatabase(), startS3Server()])
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = s3.options
  const variables = {
    ...{ S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region },
    ...{ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
  }
  const database: Record<string, string> = { DATABASE_URL: made.url, ...(hasBucket ? variables : {}) }
  const store = await openPostgres({ url: made.url })
  const server = await startServerWithDatabase(database)
  const close = async () => {
    await Promise.all([server.close(), store.close()])
    await Promise.all([made.drop(), s3.close()])
  }
  return { store, server, s3, remote: server.env, database, close }
}
