import { LedgerError } from '../run/errors.ts'
import { BackupMade, BackupPage } from './answers.ts'
import type { Call } from './request.ts'
import type { Verbs } from './verbs.ts'

/** A backup takes four minutes at most on a server. */
const LONGEST_MS = 300_000

/** What admins ask of backups. */
export function backupCalls(call: Call): Pick<Verbs, 'backupLedger' | 'listBackups' | 'restoreBackup'> {
  const path = '/v1/backups'
  return {
    backupLedger: async ({ signal } = {}) =>
      (await call<never>({ method: 'POST', path, waitMs: LONGEST_MS, signal, repeatable: false }, BackupMade))
        .body,
    listBackups: async () =>
      (await call<{ data: never }>({ method: 'GET', path, repeatable: true }, BackupPage)).body.data,
    async restoreBackup() {
      throw new LedgerError(
        'invalid',
        'a server cannot take its own database’s place: without --remote and RUNLEDGER_API_URL, set DATABASE_URL to the new database, and S3_BUCKET with its keys',
      )
    },
  }
}
