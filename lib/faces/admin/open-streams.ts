import type { Actor } from '../../ports/actor.ts'
import { LedgerError } from '../../run/errors.ts'

/** Pages that one key may keep live at a time, in one instance: each of them asks the database every few seconds. */
const MOST = 20
const ASK_AGAIN_SECONDS = 60

const open = new Map<string, number>()

/** Counts one more live page of whoever reads; what it gives back counts it off. Throws `limited`: their browser asks now and then instead. */
export function countStream({ name, limitKey }: Actor): () => void {
  const key = limitKey ?? name
  const others = open.get(key) ?? 0
  if (others >= MOST)
    throw new LedgerError('limited', `${MOST} pages of this key are live already`, {
      retryAfterSeconds: ASK_AGAIN_SECONDS,
    })
  open.set(key, others + 1)
  let isOpen = true
  return () => {
    if (!isOpen) return
    isOpen = false
    const left = (open.get(key) ?? 1) - 1
    if (left === 0) open.delete(key)
    else open.set(key, left)
  }
}
