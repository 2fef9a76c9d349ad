import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { AuditRow } from '../../run/audit.ts'

/** The end of the chain as it was on a day: whoever rewrites the table cannot rewrite this. */
export const KeptHead = AuditRow.pick({ seq: true, hash: true, at: true }).extend({
  keptAt: z.iso.datetime(),
})
export type KeptHead = z.infer<typeof KeptHead>

const PREFIX = 'audit/head-'
export const headKey = (day: string) => `${PREFIX}${day}.json`

/** The heads that were kept last, the newest first. One that cannot be read as one counts as none, and is logged. */
export async function keptHeads(ctx: Context, count: number): Promise<KeptHead[]> {
  const keys: string[] = []
  for (let after = PREFIX; ; ) {
    const page = await ctx.objects.list({ prefix: PREFIX, startAfter: after })
    keys.push(...page.map(({ key }) => key))
    const last = page.at(-1)
    if (last === undefined) break
    after = last.key
    keys.splice(0, keys.length - count)
  }
  const heads = await Promise.all(keys.slice(-count).map((key) => readHead(ctx, key)))
  return heads.filter((head) => head !== null).reverse()
}

async function readHead(ctx: Context, key: string): Promise<KeptHead | null> {
  const found = await ctx.objects.get(key)
  if (found === null) return null
  const parsed = KeptHead.safeParse(parse(await new Response(found.body).text()))
  if (parsed.success) return parsed.data
  ctx.log.error('a kept head of the audit cannot be read', { key })
  return null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
