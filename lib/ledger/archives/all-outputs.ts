import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LIMITS } from '../../run/limits.ts'

/** The committed files of every attempt of a run, by the keys of their objects. */
export async function allOutputs({ archives }: Context, runId: string): Promise<Map<string, Output>> {
  const byKey = new Map<string, Output>()
  for (let after: Output | undefined; ; ) {
    const page: Output[] = await archives.outputs(runId, { after, limit: LIMITS.pageSize })
    for (const output of page) byKey.set(output.objectKey, output)
    if (page.length < LIMITS.pageSize) return byKey
    after = page.at(-1)
  }
}
