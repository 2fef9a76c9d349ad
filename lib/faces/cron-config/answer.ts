import type { Call } from '../../http/route.ts'

/** The face's answer: what was asked for, and when it was so. */
export async function answer({ c, ctx }: Pick<Call, 'c' | 'ctx'>, data: unknown): Promise<Response> {
  return c.json({ success: true, data, timestamp: new Date(ctx.now()).toISOString() })
}
