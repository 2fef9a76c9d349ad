import type { Run } from '../../run/run.ts'

/**
 * The object of one chunk. Its name tells what is kept in it apart from anything else at this offset, so that a chunk which
 * was put and never recorded (its writer died in between, or another was faster) stands in nobody's way.
 */
export function chunkKey(runId: string, fence: number, offset: number, sha256: string): string {
  const start = String(offset).padStart(15, '0')
  return `${chunkPrefix(runId)}${fence}/live/${start}-${sha256.slice(0, 16)}.log.gz`
}

/** Below which a run's chunks are. */
export const chunkPrefix = (runId: string) => `logs/${runId}/`

/** The attempt that a chunk's key belongs to; null for a key that is none. */
export function fenceOfChunk(key: string): number | null {
  const fence = /^logs\/[^/]+\/(\d+)\/live\//.exec(key)?.[1]
  return fence === undefined ? null : Number(fence)
}

/** What the names of a run's log objects begin with: source 000's `{scriptId}-{timestamp}`, made unique by the run's id. */
export const logPrefix = ({ id, scriptId, createdAt }: Pick<Run, 'id' | 'scriptId' | 'createdAt'>) =>
  `logs/${scriptId ?? 0}-${Date.parse(createdAt)}-${id}`

/** The object of the whole log, once its run has ended. */
export const logKey = (run: Run, isCompressed: boolean) => `${logPrefix(run)}.log${isCompressed ? '.gz' : ''}`

/** The object of a log that has one by another name already: named for how much of the log it holds. */
export const longerLogKey = (run: Run, bytes: number, isCompressed: boolean) =>
  `${logPrefix(run)}~${bytes}.log${isCompressed ? '.gz' : ''}`

/** How much of a log the object of this name holds; 0 for one that has the first name. */
export function bytesOfLogKey(key: string): number {
  return Number(/~(\d+)\.log(\.gz)?$/.exec(key)?.[1] ?? 0)
}
