import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { signWebhook } from '../../../lib/ledger/webhooks/sign.ts'
import { webhookSecrets } from '../../../lib/ledger/webhooks/webhook-secrets.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { hkdfSigner } from '../../../lib/runtime/signer.ts'

const [ONE, TWO] = ['1'.repeat(32), '2'.repeat(32)]
const ctxOf = (secret: string, previous?: string) =>
  ({ signer: hkdfSigner(secret, previous), now: Date.now }) as unknown as Context
const ctx = ctxOf(ONE)
const webhook = { id: 'w1', secretVersion: 1, isRotating: false }
const body = '{"type":"run.failed","data":{"error":"ä \\ud83d\\ude00"}}'

describe('a signature', () => {
  const [secret] = webhookSecrets(ctx, webhook)
  const headers = signWebhook(ctx, { id: 'evt_1', body, secret })

  it('is what the official library accepts', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  })

  it('is the one that the official library makes', () => {
    const at = new Date(1_795_000_000_000)
    const mine = signWebhook(ctx, { id: 'evt_1', timestamp: 1_795_000_000, body, secret })
    expect(mine['webhook-signature']).toBe(new Webhook(secret).sign('evt_1', at, body))
  })

  it.each([
    ['another body', `${body} `, headers],
    ['another id', body, { ...headers, 'webhook-id': 'evt_2' }],
    [
      'another time',
      body,
      { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
    ],
    ['a time long past', body, signWebhook(ctx, { id: 'evt_1', body, secret, timestamp: 1_700_000_000 })],
    [
      'the secret of another webhook',
      body,
      signWebhook(ctx, { id: 'evt_1', body, secret: webhookSecrets(ctx, { ...webhook, id: 'w2' }) }),
    ],
    [
      'the secret of another ledger',
      body,
      signWebhook(ctx, { id: 'evt_1', body, secret: webhookSecrets(ctxOf(TWO), webhook) }),
    ],
  ])('is not accepted for %s', (_, sent, with_) => {
    expect(() => new Webhook(secret).verify(sent, with_)).toThrow()
  })
})

describe('while a secret is rotated', () => {
  const accepts = (secret: string, secrets: string[]) => {
    const headers = signWebhook(ctx, { id: 'evt_1', body, secret: secrets })
    try {
      return new Webhook(secret).verify(body, headers) !== undefined
    } catch {
      return false
    }
  }
  const [before] = webhookSecrets(ctx, webhook)
  const rotating = webhookSecrets(ctx, { ...webhook, secretVersion: 2, isRotating: true })
  const rotated = webhookSecrets(ctx, { ...webhook, secretVersion: 2 })

  it('the webhook’s, the one before signs along, and then no more', () => {
    expect(rotating).toEqual([...rotated, before])
    expect(rotating.map((secret) => accepts(secret, rotating))).toEqual([true, true])
    expect(accepts(before, rotated)).toBe(false)
  })

  it('the ledger’s, the one before signs along, and then no more', () => {
    const during = webhookSecrets(ctxOf(TWO, ONE), webhook)
    expect(during).toEqual([...webhookSecrets(ctxOf(TWO), webhook), before])
    expect(accepts(before, during)).toBe(true)
    expect(accepts(before, webhookSecrets(ctxOf(TWO), webhook))).toBe(false)
  })

  it('both at once, all four sign', () => {
    expect(
      new Set(webhookSecrets(ctxOf(TWO, ONE), { ...webhook, secretVersion: 2, isRotating: true })).size,
    ).toBe(4)
  })
})
