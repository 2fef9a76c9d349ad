import type { Databases } from '../databases.ts'
import { openGraphileWorker } from './graphile-worker.ts'
import type { Peer } from './peer.ts'
import { openPgBoss } from './pg-boss.ts'
import { openRawSql } from './raw-sql.ts'
import { openRunledger } from './runledger.ts'

/** Ours and all it is measured against, each in a fresh database; and how to close them. */
export async function openPeers(databases: Databases): Promise<{ peers: Peer[]; close(): Promise<void> }> {
  const peers: Peer[] = []
  const openers = [
    openRunledger,
    openPgBoss,
    openGraphileWorker,
    (url: string) => openRawSql(url, { history: false }),
    (url: string) => openRawSql(url, { history: true }),
  ]
  for (const open of openers) peers.push(await open(await databases.create()))
  return { peers, close: async () => void (await Promise.all(peers.map((peer) => peer.close()))) }
}
