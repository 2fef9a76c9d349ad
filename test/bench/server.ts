import { rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'

/**
 * A Postgres as `npm start` brings it: every commit is on the disk before it is answered. Its folder must not be in memory,
 * where that would cost nothing; it is gigabytes, and goes with this process, also on Ctrl-C.
 */
export async function startDurablePostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-bench-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }))
  // As root, Postgres runs as nobody, who has to pass through here.
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), maxConnections: 200 })
  return { url: server.url, stop: () => server.stop('immediate') }
}
