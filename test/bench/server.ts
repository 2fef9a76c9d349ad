import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'

/**
 * A Postgres as `npm start` brings it: every commit is on the disk before it is answered. Its folder must not be in memory,
 * where that would cost nothing.
 */
export async function startDurablePostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-bench-'))
  // As root, Postgres runs as nobody, who has to pass through here.
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), maxConnections: 200 })
  return {
    url: server.url,
    async stop() {
      await server.stop('immediate')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
