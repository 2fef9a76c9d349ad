import type { Mailer } from './mailer.ts'

/** Who hears of alerts, as it is configured; null: nobody by this way. The URLs and the secret are told to no one. */
export interface AlertChannels {
  /** Signed per Standard Webhooks. */
  webhook: { url: string; secret: string } | null
  slack: { url: string } | null
  email: { to: string[]; mailer: Mailer } | null
}
