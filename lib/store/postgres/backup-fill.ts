import type { BackupTarget } from '../../ports/backup-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { appendAudit } from './audit-append.ts'
import { schemaOf, setSequence, tablesOf } from './backup-state.ts'
import { columnsOf } from './backup-tables.ts'
import type { Pool, PoolClient } from './connect.ts'
import { transaction } from './connect.ts'

/** As long as it takes: nobody uses the database yet. */
const BEGIN = `
  BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10s';
  SET LOCAL timezone = 'UTC'`

/** Gives `work` the empty database, locked against all who write. What it throws leaves it empty. */
export function fillBackup<T>(pool: Pool, work: (target: BackupTarget) => Promise<T>): Promise<T> {
  return transaction(pool, BEGIN, async (client) => {
    const schema = await schemaOf(client)
    if (schema === null)
      throw new LedgerError('conflict', 'this database has no tables yet: run `runledger migrate` first')
    const tables = await tablesOf(client)
    await lockAll(client, tables)
    await refuseRows(client, tables)
    const statements = new Map<string, string>()
    return await work({
      schema,
      tables,
      async insert(table, rows) {
        const text = statements.get(table) ?? (await insertInto(client, table))
        statements.set(table, text)
        const { rowCount } = await client.query({ text, values: [`[${rows.join(',')}]`] })
        return rowCount ?? 0
      },
      async count(table) {
        await client.query(`ANALYZE "${table}"`)
        const { rows } = await client.query(`SELECT count(*) AS count FROM "${table}"`)
        return Number(rows[0]?.count)
      },
      async setSequences(sequences) {
        for (const sequence of sequences) await setSequence(client, sequence)
      },
      async audit(entry) {
        await appendAudit(client, [entry])
      },
    })
  })
}

async function lockAll(client: PoolClient, tables: string[]): Promise<void> {
  const names = tables.map((table) => `"${table}"`).join(', ')
  await client.query(`LOCK TABLE ${names} IN SHARE ROW EXCLUSIVE MODE`)
}

async function refuseRows(client: PoolClient, tables: string[]): Promise<void> {
  const each = tables.map((table) => `SELECT '${table}' AS name WHERE EXISTS (SELECT FROM "${table}")`)
  const { rows } = await client.query(each.join(' UNION ALL '))
  if (rows.length === 0) return
  const names = rows.map(({ name }) => String(name)).join(', ')
  throw new LedgerError(
    'conflict',
    `a backup is brought back into an empty database, and this one has rows in ${names}; make a new one, \`runledger migrate\` it, and start no server on it before`,
  )
}

/** Rows are kept as they were, and the numbers that the database would give them, too. */
async function insertInto(client: PoolClient, table: string): Promise<string> {
  const columns = await columnsOf(client, table)
  const names = columns.map(({ name }) => name)
  return `
    INSERT INTO "${table}" (${names.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${columns.map(({ written }) => written).join(', ')}
    FROM json_to_recordset($1::json) AS r(${names.map((name) => `${name} text`).join(', ')})`
}
