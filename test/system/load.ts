import { setTimeout as delay } from 'node:timers/promises'
import { ulid } from 'ulid'
import type { Answer, Api } from '../support/server.ts'

/** Callers that keep at it: each request is sent again, as it was, until it is answered with success. */
export interface Load {
  /** Every answer there was, in the order they came. */
  answers: (Answer<unknown> & { at: number; tookMs: number })[]
  /** The run that each acknowledged idempotency key stands for. */
  enqueued: Map<string, string>
  /** The runs whose completion was acknowledged. */
  completed: Set<string>
  /** Requests that got no answer, and items of a batch that were refused. */
  failures: unknown[]
  stop(): void
  /** Enqueues no more, and resolves when all that was enqueued is completed. */
  drain(): Promise<void>
}

const ENQUEUERS = 4
const WORKERS = 4
const RETRY_MS = 250
const LEASE_SECONDS = 120

/** Four that enqueue, one by one; three that claim and complete, and one that waits for work with a long poll. */
export function startLoad(api: Api): Load {
  const answers: Load['answers'] = []
  const enqueued: Load['enqueued'] = new Map()
  const completed: Load['completed'] = new Set()
  const failures: unknown[] = []
  let isEnqueuing = true
  let isWorking = true

  async function insist<T>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<T | null> {
    while (isWorking) {
      const began = performance.now()
      try {
        const answer = await api.post<T>(path, body, { headers })
        const at = performance.now()
        answers.push({ ...answer, at, tookMs: at - began })
        if (answer.status < 300) return answer.body
      } catch (error) {
        failures.push(error)
      }
      await delay(RETRY_MS)
    }
    return null
  }

  async function enqueue(): Promise<void> {
    while (isEnqueuing) {
      const key = ulid()
      const run = await insist<{ id: string }>('/v1/runs', { kind: 'test.load' }, { 'idempotency-key': key })
      if (run) enqueued.set(key, run.id)
      await delay(5)
    }
  }

  async function work(n: number): Promise<void> {
    const asked = { workerId: `w${n}`, limit: 5, leaseSeconds: LEASE_SECONDS, waitSeconds: n === 0 ? 5 : 0 }
    while (isWorking) {
      const claimed = await insist<{ data: Claimed[] }>('/v1/runs:claim', { ...asked, claimId: ulid() })
      const runs = (claimed?.data ?? []).map(({ leaseToken }) => ({ leaseToken, outcome: 'succeeded' }))
      if (runs.length === 0) await delay(20)
      else await complete(runs)
    }
  }

  async function complete(runs: object[]): Promise<void> {
    const done = await insist<{ data: { status: number; run?: { id: string } }[] }>('/v1/runs:complete', {
      runs,
    })
    for (const item of done?.data ?? []) {
      if (item.run) completed.add(item.run.id)
      else failures.push(item)
    }
  }

  const enqueuers = Array.from({ length: ENQUEUERS }, enqueue)
  const workers = Array.from({ length: WORKERS }, (_, n) => work(n))
  return {
    answers,
    enqueued,
    completed,
    failures,
    stop: () => {
      isEnqueuing = false
      isWorking = false
    },
    async drain() {
      isEnqueuing = false
      await Promise.all(enqueuers)
      while (completed.size < enqueued.size && failures.length === 0) await delay(20)
      isWorking = false
      await Promise.all(workers)
    },
  }
}

interface Claimed {
  leaseToken: string
}
