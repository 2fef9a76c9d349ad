import type { CronStore, StoredSetting } from '../../ports/cron-store.ts'
import { audited } from './audited.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** The settings of all cron jobs. */
export function cronSettingRows(pool: Pool): Pick<CronStore, 'settings' | 'putSettings'> {
  return {
    async settings() {
      return (await query(pool, READ)) as unknown as StoredSetting[]
    },
    async putSettings(values, by, audit) {
      await audited(pool, audit, PUT, [JSON.stringify(values), by])
    },
  }
}

const READ = `SELECT * FROM cron_job_config ORDER BY key`
const PUT = `
  INSERT INTO cron_job_config AS c (key, value, "updatedBy")
  SELECT x.key, x.value, $2 FROM jsonb_each($1::jsonb) AS x ORDER BY x.key
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, "updatedAt" = now(), "updatedBy" = excluded."updatedBy" RETURNING key`
