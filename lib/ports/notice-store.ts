import type { Alert } from '../run/alert.ts'
import type { DeliveryStatus, NoticeType, WebhookEvent, WebhookFormat } from '../run/webhook.ts'
import type { AuditEntry } from './audit-store.ts'

/** Who outside is told of what, and what came of it. Only the store's clock decides what is due. */
export interface NoticeStore {
  /** With a row of the audit, here as below. */
  insertWebhook(webhook: NewStoredWebhook, audit: AuditEntry): Promise<StoredWebhook>
  /** Null where there is none. */
  findWebhook(id: string): Promise<StoredWebhook | null>
  /** Newest first, `limit` at most, those after the one with the id `after`. */
  listWebhooks(page: { after?: string | undefined; limit: number }): Promise<StoredWebhook[]>
  /** Changes what is given. Enabling forgets since when it fails. Null where there is none. */
  updateWebhook(id: string, change: WebhookChange, audit: AuditEntry): Promise<StoredWebhook | null>
  /** Another secret; the one before signs along for a day. Null where there is none. */
  rotateWebhook(id: string, audit: AuditEntry): Promise<StoredWebhook | null>
  /** Nothing more is delivered to it. False where there was none. */
  removeWebhook(id: string, audit: AuditEntry): Promise<boolean>

  /** One delivery for each enabled webhook that wants the event; an event that was announced before changes nothing. */
  announce(event: Announcement): Promise<void>

  /**
   * Disables a webhook and opens an alert about it, both or neither, where it is enabled and nobody has changed it since it was
   * read; null where not.
   */
  disableWebhook(
    seen: Pick<StoredWebhook, 'id' | 'updatedAt'>,
    reason: string,
    alert: NewAlert,
    channels: string[],
  ): Promise<OpenedAlert | null>

  /**
   * Takes deliveries that are due, of those channels and of webhooks that are enabled: of each a few, less those that are under way
   * here, and one of a webhook that is failing. What is not told of within `leaseSeconds` is due again.
   */
  claimDeliveries(claim: ClaimDeliveries): Promise<ClaimedDelivery[]>
  /** Where this attempt is still the last one. */
  delivered(attempt: Attempt, responseStatus: number | null): Promise<void>
  /**
   * Where this attempt is still the last one: tried again after `retryInMs`, unless it is more than a day old, and is not the word
   * of an alert that is still open. Whether nothing has got through to its webhook, which is enabled, for a day.
   */
  notDelivered(attempt: Attempt, failure: DeliveryFailure): Promise<{ failsForADay: boolean }>
  /** Gives back what nobody knows the outcome of: where this attempt is still the last one, it is due at once. */
  release(attempt: Attempt): Promise<void>
  /** Keeps a delivery that has been made, or tried, once. */
  recordDelivery(delivery: NewDelivery): Promise<StoredDelivery>
  /** Of one webhook, newest first, `limit` at most, those older than `after`. */
  listDeliveries(page: DeliveryPage): Promise<StoredDelivery[]>

  /**
   * Opens an alert, with a delivery for each channel. One that is open already is only seen again, and those channels hear of it that
   * have not.
   */
  openAlert(alert: NewAlert, channels: string[]): Promise<OpenedAlert>
  /** Ends the alert that is open under this key, with a delivery for each channel that heard of it; null where none is. */
  resolveAlert(key: string, message: string): Promise<StoredAlert | null>
  /** Newest first, `limit` at most, those before `after`: the open ones, those that are over, or all; of one type, or any. */
  listAlerts(page: {
    isOpen?: boolean | undefined
    type?: string | undefined
    after?: number | undefined
    limit: number
  }): Promise<ListedAlert[]>

  /**
   * Gives up deliveries that nobody can make any more, and forgets up to `limit` deliveries and alerts that were over so many
   * days ago.
   */
  cleanUp(options: {
    olderThanDays: number
    limit: number
    /** Those that are configured. */
    channels: string[]
  }): Promise<{ givenUp: number; removed: number }>
}

export interface StoredWebhook {
  id: string
  projectId: string | null
  /** May hold a secret, as Slack's do. */
  url: string
  description: string | null
  format: WebhookFormat
  events: WebhookEvent[]
  /** Of runs of these kinds alone; null: of any. */
  kinds: string[] | null
  isEnabled: boolean
  disabledReason: string | null
  secretVersion: number
  /** Whether the secret before this one still signs. */
  isRotating: boolean
  rotatedAt: string | null
  failingSince: string | null
  createdAt: string
  updatedAt: string
  createdBy: string
}

export type NewStoredWebhook = Pick<
  StoredWebhook,
  'id' | 'projectId' | 'url' | 'description' | 'format' | 'events' | 'kinds' | 'isEnabled' | 'createdBy'
>
type Changeable =
  | 'projectId'
  | 'url'
  | 'description'
  | 'format'
  | 'events'
  | 'kinds'
  | 'isEnabled'
  | 'disabledReason'
export type WebhookChange = { [name in Changeable]?: StoredWebhook[name] | undefined }

/** What the outside is told. */
export interface NoticePayload {
  type: string
  /** When it happened. */
  timestamp: string
  data: Record<string, unknown>
}

export interface Announcement {
  eventId: string
  type: NoticeType
  /** Null: told to webhooks of no project alone. */
  projectId: string | null
  data: Record<string, unknown>
}

/** One attempt at a delivery, as it was claimed. */
export interface Attempt {
  id: number
  attempts: number
}

export interface ClaimDeliveries {
  limit: number
  channels: string[]
  /** How many there are under way here, by the id of a webhook, or by channel. */
  underWay: Record<string, number>
  leaseSeconds: number
}

export interface ClaimedDelivery extends Attempt {
  eventId: string
  channel: string
  payload: NoticePayload
  lastAttemptAt: string
  /** Null for the channels of alerts. */
  webhook: StoredWebhook | null
}

export interface DeliveryFailure {
  error: string
  responseStatus: number | null
  retryInMs: number
  /** Its receiver asked to be told nothing before; 0: it did not. */
  waitMs: number
}

export interface NewDelivery {
  webhookId: string
  eventId: string
  eventType: string
  payload: NoticePayload
  status: DeliveryStatus
  responseStatus: number | null
  error: string | null
}

export interface StoredDelivery {
  id: number
  eventId: string
  eventType: string
  status: DeliveryStatus
  attempts: number
  nextAttemptAt: string
  lastAttemptAt: string | null
  responseStatus: number | null
  error: string | null
  createdAt: string
  deliveredAt: string | null
}

export interface DeliveryPage {
  webhookId: string
  status?: DeliveryStatus | undefined
  after?: number | undefined
  limit: number
}

export interface NewAlert {
  key: string
  type: string
  message: string
  data: Record<string, unknown>
}

export type StoredAlert = Omit<Alert, 'notices'> & {
  /** Who was told that it is there. */
  channels: string[]
}

export interface OpenedAlert {
  alert: StoredAlert
  /** Whether it was not open before. */
  opened: boolean
}

export type ListedAlert = StoredAlert & Pick<Alert, 'notices'>
