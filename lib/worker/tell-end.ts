import type { CompleteRun } from '../ledger/runs/completion.ts'
import { isLedgerError, type LedgerError } from '../run/errors.ts'
import type { Answer, Completions } from './completions.ts'
import type { HeldRun } from './held-run.ts'
import { lostReportOf, refusedReportOf } from './report.ts'

export interface TellingEnd {
  completions: Completions
  /** After this it is not tried again. */
  until: number
  endedAt: number
}

/** How the end of a run was told, and what the ledger said to it; null where there was nothing to tell. */
export interface ToldEnd {
  report: CompleteRun | null
  answer: Answer | null
}

/** What a run said is worth so much time when the run itself is not ours any more; then it stays in the spool. */
const LOST_PATIENCE_MS = 10_000

/** Tells how a run ended; of one that has said something, its log before that. Never rejects. */
export async function tellEnd(
  held: HeldRun,
  report: CompleteRun | null,
  { completions, until, endedAt }: TellingEnd,
): Promise<ToldEnd> {
  const tell = async (one: CompleteRun) => {
    const answer = await completions.tell(one, until)
    const refusal = refusalIn(answer)
    return refusal?.code === 'invalid' ? completions.tell(refusedReportOf(held, refusal), until) : answer
  }
  if (!held.log?.finish()) return { report, answer: report && (await tell(report)) }
  const told = report ?? lostReportOf(held, endedAt)
  const patienceMs = report ? until - performance.now() : LOST_PATIENCE_MS
  return { report: told, answer: await held.log.end(told, tell, patienceMs) }
}

/** What the ledger has against this very report. */
export function refusalIn(answer: Answer | null): LedgerError | null {
  return answer !== null && 'said' in answer && isLedgerError(answer.said) ? answer.said : null
}
