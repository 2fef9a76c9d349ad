import type { Context } from '../../ports/context.ts'
import type { StoredAlert } from '../../ports/notice-store.ts'

const PAGE = 100

/** Every alert of a type that is open. */
export async function openAlerts(ctx: Context, type: string): Promise<StoredAlert[]> {
  const found: StoredAlert[] = []
  for (let after: number | undefined; ; ) {
    const page = await ctx.notices.listAlerts({ isOpen: true, type, after, limit: PAGE })
    found.push(...page)
    if (page.length < PAGE) return found
    after = page.at(-1)?.id
  }
}
