import { askedPart, sendOutput } from '../../../http/send-output.ts'
import { sendTar } from '../../../http/send-tar.ts'
import { getArchive } from '../../../ledger/archives/get-archive.ts'
import { fetchOutput } from '../../../ledger/outputs/fetch-output.ts'
import { tarOutputs } from '../../../ledger/outputs/tar-outputs.ts'
import type { Page } from '../page.ts'
import { paths } from '../paths.ts'

/** What a run has left, as files: always saved, never shown. */
export const filePages: Page[] = [
  {
    method: 'get',
    path: `${paths.runOutputs('{id}')}/{path}`,
    scope: 'runs:read',
    async handler({ c, ctx, params }) {
      const { id = '', path = '' } = params
      return sendOutput(c, await fetchOutput(ctx, { id, path, ...askedPart(c) }))
    },
  },
  {
    method: 'get',
    path: paths.runOutputs('{id}'),
    scope: 'runs:read',
    async handler({ c, ctx, params }) {
      return await sendTar(c, await tarOutputs(ctx, { id: params.id ?? '' }))
    },
  },
  {
    method: 'get',
    path: paths.runAction('{id}', 'archive'),
    scope: 'runs:read',
    async handler({ c, ctx, params }) {
      const { url } = await getArchive(ctx, { id: params.id ?? '' })
      c.header('Cache-Control', 'no-store')
      return c.redirect(url)
    },
  },
]
