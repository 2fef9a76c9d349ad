import { describe, it } from 'vitest'
import { killsSeed, storageKillsOr, timeForKills } from '../../support/kills.ts'
import { S3, useArchives } from '../archives/steps.ts'
import { chanceOf } from './chance.ts'
import { Population } from './population.ts'
import { planOf, Round } from './round.ts'
import { expectSettled } from './settle.ts'
import { expectAllThere } from './watch.ts'

const KILLS = storageKillsOr(10)
const SEED = killsSeed()

describe('processes that archive, restore and delete, killed and paused anywhere while the store fails,', () => {
  const at = useArchives(S3)

  it(`lose no byte, archive nothing twice and leave nothing behind: ${KILLS} times`, {
    timeout: timeForKills(KILLS, 30_000),
  }, async () => {
    const population = new Population(at())
    let story = 'before the first round'
    try {
      for (let n = 0; n < KILLS; n++) {
        const seed = `${SEED}/${n}`
        const chance = chanceOf(seed)
        await population.fill()
        await population.passTime(chance)
        const round = new Round(at(), { plan: planOf(chance), seed, ids: await population.ids() })
        const tell = () => {
          const { plan } = round
          const wrong = plan.troubles.map(({ name }) => name).join('; ')
          return `round ${n}: ${JSON.stringify({ ...plan, troubles: wrong })}\n  ${round.said()}`
        }
        await round.live(() => expectAllThere(at(), population.everybody)).finally(() => (story = tell()))
      }
      await expectSettled(at(), population)
    } catch (error) {
      // The cause says what was wrong; this, how to see it again.
      throw new Error(`replay with KILLS_SEED=${SEED} STORAGE_KILLS=${KILLS}; ${story}`, { cause: error })
    }
  })
})
