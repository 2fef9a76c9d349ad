import { isIP } from 'node:net'
import { LedgerError } from '../run/errors.ts'

/** A URL that may be called if its host may. */
export interface Target {
  url: URL
  /** As in a URL, with its port: what an error may tell. */
  host: string
  /** The address, where the URL has one instead of a name, however it was spelled. */
  address: string | null
}

/** Throws `invalid` unless the text is an `http` or `https` URL without a user and a password. Never tells the URL. */
export function checkUrl(text: string): Target {
  const url = URL.parse(text)
  if (url === null) throw refused('is not one')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused('must begin with https:// or http://')
  if (url.username !== '' || url.password !== '') throw refused('must not hold a user or a password')
  // `0x7f.1` and 2130706433 have become 127.0.0.1 by now.
  const bare = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { url, host: url.host, address: isIP(bare) === 0 ? null : bare }
}

const refused = (why: string) => new LedgerError('invalid', `the URL ${why}`)
