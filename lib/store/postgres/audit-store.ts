import type { AuditFilter, AuditStore } from '../../ports/audit-store.ts'
import type { AuditHead, AuditRow } from '../../run/audit.ts'
import { AUDIT_COLUMNS, appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'

/** What was done, in a Postgres database. */
export function postgresAuditStore(pool: Pool): AuditStore {
  const rows = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as AuditRow[]
  return {
    append: (entries) => guarded(() => transaction(pool, 'BEGIN', (client) => appendAudit(client, entries))),
    list(filter) {
      const [text, values] = listStatement(filter)
      return rows(text, values)
    },
    walk: (after, limit) => rows(WALK, [after, limit]),
    async head() {
      const [head] = await query(pool, HEAD)
      return (head as unknown as AuditHead | undefined) ?? null
    },
  }
}

/** Each filter that is asked for stands in the text, so that an index serves it; there are few such texts. */
function listStatement({ jobId, action, actor, from, to, before, limit }: AuditFilter): [string, unknown[]] {
  const asked = Object.entries({ jobId, action, actor, from, to, before }).filter(
    ([, value]) => value !== undefined,
  )
  const where = asked.map(([name], n) => CONDITIONS[name as keyof typeof CONDITIONS](`$${n + 2}`))
  const conditions = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
  const text = `SELECT ${AUDIT_COLUMNS} FROM job_audit ${conditions} ORDER BY seq DESC LIMIT $1`
  return [text, [limit, ...asked.map(([, value]) => value)]]
}

/** Times grow with the numbers of the rows: a range of the ones is a range of the others. */
const CONDITIONS = {
  jobId: (value: string) => `"jobId" = ${value}`,
  action: (value: string) => `action = ${value}`,
  actor: (value: string) => `actor = ${value}`,
  from: (value: string) => `seq >= (SELECT seq FROM job_audit WHERE at >= ${value} ORDER BY at, seq LIMIT 1)`,
  to: (value: string) =>
    `seq <= (SELECT seq FROM job_audit WHERE at < ${value} ORDER BY at DESC, seq DESC LIMIT 1)`,
  before: (value: string) => `seq < ${value}`,
} satisfies Record<Exclude<keyof AuditFilter, 'limit'>, (value: string) => string>

const WALK = `SELECT ${AUDIT_COLUMNS} FROM job_audit WHERE seq > $1 ORDER BY seq LIMIT $2`
const HEAD = 'SELECT seq, hash, at FROM job_audit ORDER BY seq DESC LIMIT 1'
