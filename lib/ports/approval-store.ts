import type { Sweep, SweepApproval, SweepKind } from '../run/sweep.ts'
import type { AuditEntry } from './audit-store.ts'

/** What sweeps that delete have done before, and what people have let through. */
export interface ApprovalStore {
  /** What the last passes of a kind came to, newest first; those that only looked are left out. */
  passes(kind: SweepKind, limit: number): Promise<DeletionPass[]>
  /** Runs that are not deleted: counted where they are few, else as the database estimates. */
  population(): Promise<number>
  /** Lets a sweep through that waits for it; null where it does not, or has been let through. */
  approve(id: string, approval: SweepApproval, audit: AuditEntry): Promise<Sweep | null>
  /** The newest approval of a kind for this policy of which something is left. */
  approvalFor(
    kind: SweepKind,
    policyHash: string,
  ): Promise<{ sweepId: string; approval: SweepApproval } | null>
  /** Takes so much of an approval, all or none. */
  useApproval(sweepId: string, amount: { runs: number; bytes: number }): Promise<boolean>
  /** All that sweeps of a kind have done. */
  totals(kind: SweepKind): Promise<{ runs: number; logFiles: number; bytes: number }>
  /** Where the last sweep of a kind got to; null: it is through. */
  lastCursor(kind: SweepKind): Promise<unknown>
}

export interface DeletionPass {
  id: string
  status: Sweep['status']
  startedAt: string
  policyHash: string | null
  deleted: number
}
