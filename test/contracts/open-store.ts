import type { OpenStore } from '../../lib/ports/open-store.ts'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { useNeonRelay } from '../support/neon.ts'

/** Where a store is, as another process can be told. */
export type StoreAddress =
  | { engine: 'pg'; url: string }
  | { engine: 'neon'; url: string; relay: string }
  | { engine: 'sqlite'; path: string }

/** One instance on that database, with connections of its own. */
export async function openStore(address: StoreAddress): Promise<OpenStore> {
  if (address.engine === 'sqlite') return await openSqlite({ path: address.path })
  if (address.engine === 'neon') useNeonRelay(address.relay)
  return await openPostgres({ url: address.url, driver: address.engine, poolSize: 4 })
}
