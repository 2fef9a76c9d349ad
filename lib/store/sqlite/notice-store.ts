import type { NoticeStore } from '../../ports/notice-store.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Webhooks and alerts are kept in the API's database only: there is nothing to deliver and nobody to tell, and what would need
 * either rejects with `LedgerError('unavailable')`.
 */
export function createNoticeStore(): NoticeStore {
  return {
    insertWebhook: refuse,
    findWebhook: refuse,
    listWebhooks: refuse,
    updateWebhook: refuse,
    rotateWebhook: refuse,
    removeWebhook: refuse,
    announce: async () => {},
    disableWebhook: refuse,
    claimDeliveries: async () => [],
    delivered: refuse,
    notDelivered: refuse,
    release: refuse,
    recordDelivery: refuse,
    listDeliveries: refuse,
    openAlert: refuse,
    resolveAlert: refuse,
    listAlerts: refuse,
    cleanUp: async () => ({ givenUp: 0, removed: 0 }),
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'webhooks and alerts need a server: use --remote, or set DATABASE_URL')
}
