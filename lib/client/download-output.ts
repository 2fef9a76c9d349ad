import { LedgerError } from '../run/errors.ts'
import { download } from './download.ts'
import type { Open, RemoteOptions } from './request.ts'
import { runPath } from './run-calls.ts'
import { serverPlace } from './server-place.ts'
import type { Verbs } from './verbs.ts'

/** Gets a file of a run from where the server says. */
export function downloadRemote(open: Open, options: RemoteOptions): Verbs['downloadOutput'] {
  return async ({ id, path, bytes, sha256 }, transfer) => {
    const segments = path.split('/')
    if (segments.includes('.') || segments.includes('..'))
      throw new LedgerError('invalid', 'path: must not hold the segments . or ..')
    const place = serverPlace(
      open,
      options,
      `${runPath(id)}/outputs/${segments.map(encodeURIComponent).join('/')}`,
    )
    return await download(options, { place, name: path, bytes, sha256 }, transfer)
  }
}
