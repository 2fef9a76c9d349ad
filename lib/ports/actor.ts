import { z } from 'zod'

/** What a key may do (http page). `admin` may do everything. */
export const Scope = z
  .enum(['runs:read', 'runs:write', 'runs:work', 'admin'])
  .meta({ id: 'Scope', description: '`admin` may do everything; `runs:work` is for workers' })
export type Scope = z.infer<typeof Scope>

/** Who does it. */
export interface Actor {
  /** Shown in events and kept as `createdBy`. */
  name: string
  scopes: readonly Scope[]
  /** The only project the actor sees; null: all of them. */
  projectId: string | null
  /** What its rate limits are counted under; null: it has none. */
  limitKey: string | null
}

/** The ledger itself: sweeps, roll-ups, migrations. */
export const SYSTEM: Actor = { name: 'system', scopes: ['admin'], projectId: null, limitKey: null }

/** What cron jobs do, and the platform's cron. */
export const CRON: Actor = { name: 'cron', scopes: ['admin'], projectId: null, limitKey: null }
