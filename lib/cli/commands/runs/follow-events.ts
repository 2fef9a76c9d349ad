import type { Verbs } from '../../../client/verbs.ts'
import type { RunEvent } from '../../../run/event.ts'

/** All events of a run after one of them, to its end. One stream of the ledger ends before a long run does. */
export async function* followEvents(
  verbs: Verbs,
  from: { id: string; after: number },
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  for (let { id, after } = from; !signal.aborted; ) {
    const events = await verbs.followRun({ id, after }, signal)
    if (events === null) return
    for await (const event of events) {
      yield event
      after = event.id
    }
  }
}
