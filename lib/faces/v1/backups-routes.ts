import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { BackedUp, backupLedger } from '../../ledger/backups/backup-ledger.ts'
import { listBackups } from '../../ledger/backups/list-backups.ts'
import { Backup } from '../../run/backup.ts'

/** Copies of all tables; for admins. They are brought back from the command line, next to an empty database. */
export const backupsRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/backups',
    operationId: 'startBackup',
    summary: 'Back the ledger up now',
    description:
      'Answered when it is done, after four minutes at most. Writes all tables as they are at one instant to `backups/` in the object ' +
      'store, and removes what is more than `BACKUPS_KEPT`.',
    tag: 'Backups',
    scope: 'admin',
    responses: {
      201: { description: 'The backup', schema: BackedUp },
      409: { description: 'Another is being made' },
    },
    handler: async ({ c, ctx }) => c.json(await backupLedger(ctx), 201),
  },
  {
    method: 'get',
    path: '/v1/backups',
    operationId: 'listBackups',
    summary: 'List backups',
    tag: 'Backups',
    scope: 'admin',
    responses: {
      200: { description: 'All of them, newest first', schema: z.object({ data: z.array(Backup) }) },
    },
    handler: async ({ c, ctx }) => c.json({ data: await listBackups(ctx) }),
  },
]
