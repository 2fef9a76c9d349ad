import type { BackupStore } from '../../ports/backup-store.ts'
import { fillBackup } from './backup-fill.ts'
import { readBackup } from './backup-read.ts'
import { type ConnectOptions, connect, guarded, type Pool } from './connect.ts'

/** The tables of a Postgres database, over a connection of its own each time: whoever waits for one of the pool waits for no backup. */
export function postgresBackupStore({ url, driver }: Pick<ConnectOptions, 'url' | 'driver'>): BackupStore {
  const alone = async <T>(patient: boolean, work: (pool: Pool) => Promise<T>): Promise<T> => {
    const pool = await connect({ url, driver, poolSize: 1, patient })
    try {
      return await guarded(() => work(pool))
    } finally {
      await pool.end()
    }
  }
  return {
    read: (work) => alone(false, (pool) => readBackup(pool, work)),
    fill: (work) => alone(true, (pool) => fillBackup(pool, work)),
  }
}
