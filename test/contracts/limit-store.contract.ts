import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { unique } from '../support/make.ts'
import { type Engine, must, useHarness } from './harness.ts'

/** What `lib/ports/limit-store.ts` promises, on one engine. */
export function limitStoreContract(engine: Engine): void {
  describe(`the limit store on ${engine.name}`, () => {
    const at = useHarness(engine)

    describe('draw', () => {
      /** Waits out the end of a minute, lest the counters start anew in the middle of a test. */
      const earlyInTheMinute = async () => {
        const { resetSeconds } = await at().store.limits.draw(unique('clock'), 1)
        if (resetSeconds <= 3) await delay((resetSeconds + 0.2) * 1_000)
      }

      it('sums what all instances drew from a bucket', async () => {
        await earlyInTheMinute()
        const [store, other] = (await at().several(2)) as [OpenStore, OpenStore]
        const bucket = unique('bucket')
        expect((await store.limits.draw(bucket, 1)).used).toBe(1)
        expect((await other.limits.draw(bucket, 5)).used).toBe(6)
        expect((await store.limits.draw(bucket, 0)).used).toBe(6)
        expect((await store.limits.draw(unique('bucket'), 2)).used).toBe(2)
      })

      it('says how long the minute still lasts', async () => {
        const { resetSeconds } = await at().store.limits.draw(unique('bucket'), 1)
        expect(resetSeconds).toBeGreaterThan(0)
        expect(resetSeconds).toBeLessThanOrEqual(60)
      })

      it('starts anew each minute', async () => {
        await earlyInTheMinute()
        const { limits, raw } = at().store
        const bucket = unique('bucket')
        await limits.draw(bucket, 100)
        await raw(
          `UPDATE rate_limits SET "windowStart" = "windowStart" - interval '1 minute' WHERE bucket = '${bucket}'`,
        )
        expect((await limits.draw(bucket, 3)).used).toBe(3)
        expect((await limits.draw(bucket, 3)).used).toBe(6)
      })

      it('gives 20 callers at once 20 different sums', async () => {
        await earlyInTheMinute()
        const stores = await at().several(2)
        const bucket = unique('bucket')
        const draws = await Promise.all(
          Array.from({ length: 20 }, (_, n) => must(stores[n % 2]).limits.draw(bucket, 2)),
        )
        const sums = draws.map((draw) => draw.used).toSorted((a, b) => a - b)
        expect(sums).toEqual(Array.from({ length: 20 }, (_, n) => 2 * (n + 1)))
      })
    })

    describe('forget', () => {
      it('removes the counters of minutes that are long over, and no other', async () => {
        const { limits, raw } = at().store
        const [old, present] = [unique('bucket'), unique('bucket')]
        await limits.draw(old, 3)
        await limits.draw(present, 3)
        await raw(
          `UPDATE rate_limits SET "windowStart" = "windowStart" - interval '2 hours' WHERE bucket = '${old}'`,
        )
        expect(await limits.forget(3_600)).toBe(1)
        const left = await raw(`SELECT bucket FROM rate_limits WHERE bucket IN ('${old}', '${present}')`)
        expect(left).toEqual([{ bucket: present }])
      })
    })

    describe('due', () => {
      it('is true for one of 20 callers at once, and false until the time is up', async () => {
        const stores = await at().several(2)
        const name = unique('chore')
        const askAll = () =>
          Promise.all(Array.from({ length: 20 }, (_, n) => must(stores[n % 2]).limits.due(name, 600)))
        const trues = async () => (await askAll()).filter((answer) => answer)
        const pass = (seconds: number) =>
          at().store.raw(
            `UPDATE maintenance SET "lastRunAt" = "lastRunAt" - interval '${seconds} seconds' WHERE name = '${name}'`,
          )
        expect(await trues()).toEqual([true])
        await pass(500)
        expect(await trues()).toEqual([])
        await pass(101)
        expect(await trues()).toEqual([true])
        expect(await trues()).toEqual([])
      })

      it('keeps apart what has another name', async () => {
        const { limits } = at().store
        expect(await limits.due(unique('chore'), 600)).toBe(true)
        expect(await limits.due(unique('chore'), 600)).toBe(true)
      })
    })
  })
}
