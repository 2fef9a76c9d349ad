import { Patience } from '../../../client/patience.ts'
import type { Verbs } from '../../../client/verbs.ts'

/** Some five minutes in all, as those wait who follow. */
const TRIES = 22

/** The verbs by which a run is watched, for whoever has begun with that: a ledger that goes is waited for. */
export function patientVerbs(verbs: Verbs, signal: AbortSignal): Verbs {
  const patient =
    <Given extends unknown[], Answer>(
      verb: (...given: Given) => Promise<Answer>,
    ): ((...given: Given) => Promise<Answer>) =>
    async (...given) => {
      for (const patience = new Patience([signal], TRIES); ; )
        try {
          return await verb(...given)
        } catch (error) {
          await patience.wait(error)
        }
    }
  return {
    ...verbs,
    getRun: patient(verbs.getRun),
    listRunEvents: patient(verbs.listRunEvents),
    followRun: patient(verbs.followRun),
    readLog: patient(verbs.readLog),
    followLog: patient(verbs.followLog),
  }
}
