import type { Script, ScriptOverview } from '../run/script.ts'

/** Registered kinds. A kind registers itself with its first run. */
export interface ScriptStore {
  /** Null where there is none by this name in exactly this project (null: the system's). */
  get(projectId: string | null, name: string): Promise<Script | null>
  /** Sets what is given and leaves the rest; registers the script where there is none. */
  put(projectId: string | null, name: string, patch: ScriptPatch): Promise<Script>
  /** By project and name; those after the script with the number `after`. Undefined: of all projects. */
  list(page: {
    projectId: string | null | undefined
    after?: number | undefined
    limit: number
  }): Promise<Script[]>
  /** Those for which people have set when they are stale. */
  staleLimits(): Promise<StaleLimit[]>
  /**
   * By name, each with its newest run, and how many ended since that day or run now: those after the script with the number
   * `after`, `limit` at most, and fewer where they are more than an answer holds. Undefined: of all projects.
   */
  overview(page: {
    projectId: string | null | undefined
    since: string
    after?: number | undefined
    limit: number
  }): Promise<ScriptOverview[]>
}

export type ScriptPatch = Partial<Pick<Script, 'label' | 'options' | 'staleAfterSeconds'>>
export type StaleLimit = Pick<Script, 'id' | 'projectId' | 'name'> & { staleAfterSeconds: number }
