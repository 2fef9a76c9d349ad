import { createHmac } from 'node:crypto'
import type { Context } from '../../ports/context.ts'

export interface ToSign {
  /** Of the event, at each attempt the same. */
  id: string
  /** Seconds since 1970. Default: now. */
  timestamp?: number
  /** As it is sent, byte for byte. */
  body: string
  /** `whsec_…`; of several, each signs. */
  secret: string | readonly string[]
}

/** The headers that let a receiver verify who sent the body, and when (Standard Webhooks, `v1`). */
export function signWebhook(ctx: Context, { id, timestamp, body, secret }: ToSign): Record<string, string> {
  const at = timestamp ?? Math.floor(ctx.now() / 1_000)
  const signatures = [secret].flat().map((one) => `v1,${macOf(one, `${id}.${at}.${body}`)}`)
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signatures.join(' ') }
}

function macOf(secret: string, text: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(text).digest('base64')
}
