import type { Context } from '../../../lib/ports/context.ts'

const THREE_DAYS_MS = 3 * 86_400_000
const earlier = (at: string) => new Date(Date.parse(at) - THREE_DAYS_MS).toISOString()

/** As if everything in the store had been there for three days: what nobody knows is listed at once. */
export function aged(ctx: Context): Context {
  const { objects } = ctx
  return {
    ...ctx,
    objects: {
      ...objects,
      list: async (options) =>
        (await objects.list(options)).map((object) => ({
          ...object,
          modifiedAt: earlier(object.modifiedAt),
        })),
      listMultiparts: async (options) =>
        (await objects.listMultiparts(options)).map((upload) => ({
          ...upload,
          startedAt: earlier(upload.startedAt),
        })),
    },
  }
}
