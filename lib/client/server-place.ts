import { LedgerError } from '../run/errors.ts'
import type { Download } from './download.ts'
import { type Open, type RemoteOptions, readAnswer } from './request.ts'

/** A file's place as a server's path leads there: to the store; to the file itself, where it is out of an archive. */
export function serverPlace(open: Open, { url }: RemoteOptions, path: string): Download['place'] {
  return async (headers, limit) => {
    const response = await open({ method: 'GET', path, headers, repeatable: true }, limit)
    const location = response.headers.get('location')
    if (response.status === 302 && location !== null) {
      await response.body?.cancel()
      return new URL(location, url).href
    }
    if (response.headers.get('content-disposition')?.startsWith('attachment')) return { url, response }
    await readAnswer(url, response)
    throw new LedgerError('unavailable', `${url} does not answer as a Runledger server does`)
  }
}
