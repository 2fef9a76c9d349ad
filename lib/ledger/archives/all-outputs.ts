import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LIMITS } from '../../run/limits.ts'

/** The committed files of a run by the keys of their objects: of each path the last attempt's. */
export async function allOutputs({ outputs }: Context, runId: string): Promise<Map<string, Output>> {
  const byKey = new Map<string, Output>()
  for (let afterPath = ''; ; ) {
    const page = await outputs.list(runId, { afterPath, limit: LIMITS.pageSize })
    for (const output of page) byKey.set(output.objectKey, output)
    if (page.length < LIMITS.pageSize) return byKey
    afterPath = page.at(-1)?.path ?? ''
  }
}
