import type { Context } from '../../ports/context.ts'
import type { ClaimedDelivery } from '../../ports/notice-store.ts'
import { channelNames } from '../alerts/channels.ts'
import { requireScope } from '../require-scope.ts'
import { tryDelivery } from './try-delivery.ts'

/** Side by side. */
const MOST = 40
/** Longer than any attempt takes. */
const LEASE_SECONDS = 120

export interface Deliver {
  /** When its time is over, by `ctx.now`; what has begun then may take some seconds more. */
  until: number
  /** Aborts where the process stops: nothing more begins, and what is under way has `drainMs` to end. */
  signal?: AbortSignal | undefined
  drainMs?: number
}

/** What was told to the outside. */
export interface Delivered {
  delivered: number
  /** Attempts that did not get through; most are made again. */
  failed: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/**
 * Makes all deliveries that are due, until there are none left or its time is over. Of each receiver a few are under way, so that
 * a slow one is in nobody's way. What does not get through is tried again for a day. Safe to run anywhere at any time; what was told
 * of when its process ended may be told twice, under the same id.
 */
export async function deliver(ctx: Context, options: Deliver): Promise<Delivered> {
  requireScope(ctx, 'admin')
  const { until, signal, drainMs = 3_000 } = options
  const done = { delivered: 0, failed: 0 }
  const channels = channelNames(ctx.alertChannels)
  const underWay = new Map<Promise<void>, string>()
  let hasEndedSome = false
  const draining = drain(signal, drainMs)
  const isOver = () => signal?.aborted || ctx.now() >= until

  function begin(delivery: ClaimedDelivery): void {
    const performed = perform(delivery).finally(() => {
      underWay.delete(performed)
      hasEndedSome = true
    })
    underWay.set(performed, delivery.webhook?.id ?? delivery.channel)
  }

  async function perform(delivery: ClaimedDelivery): Promise<void> {
    const outcome = await tryDelivery(ctx, delivery, draining.signal)
    if (outcome !== 'released') done[outcome]++
  }

  try {
    while (!isOver()) {
      hasEndedSome = false
      const limit = MOST - underWay.size
      const counted = countOf(underWay.values())
      const claim = { limit, channels, underWay: counted, leaseSeconds: LEASE_SECONDS }
      const claimed = limit === 0 ? [] : await ctx.notices.claimDeliveries(claim)
      for (const one of claimed) begin(one)
      if (claimed.length > 0 || hasEndedSome) continue
      if (underWay.size === 0) return { ...done, more: false }
      await Promise.race(underWay.keys())
    }
  } finally {
    await Promise.all(underWay.keys())
    draining.end()
  }
  return { ...done, more: true }
}

/** A signal that aborts so long after another. */
function drain(signal: AbortSignal | undefined, ms: number): { signal: AbortSignal; end: () => void } {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    timer = setTimeout(() => stopping.abort(), ms)
  }
  if (signal?.aborted) begin()
  else signal?.addEventListener('abort', begin, { once: true })
  const end = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', begin)
  }
  return { signal: stopping.signal, end }
}

function countOf(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
