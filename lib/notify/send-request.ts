import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import type { OutboundRequest } from '../ports/outbound.ts'
import { LedgerError } from '../run/errors.ts'
import type { Target } from './check-url.ts'
import type { Address } from './resolve.ts'

/** What says where a request goes and where it ends is not the caller's to say. */
const OURS = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
])

/** Posts over a connection of its own to one of these addresses. The head of the answer. Throws `invalid` for headers of ours. */
export async function sendRequest(
  { url }: Target,
  addresses: Address[],
  { headers, body }: OutboundRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const taken = Object.keys(headers).find((name) => OURS.has(name.toLowerCase()))
  if (taken !== undefined) throw new LedgerError('invalid', `the header ${taken} is set by the ledger itself`)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'user-agent': 'Runledger', ...headers, 'content-length': Buffer.byteLength(body) },
    // No pool: a connection that was made to an address of before would be used for the name of now.
    agent: false,
    lookup: answerWith(addresses),
    signal,
  }
  const request = url.protocol === 'https:' ? overHttps(url, options) : overHttp(url, options)
  request.once('response', resolve)
  // For good: an error after the answer has begun is the answer's, and unheard it would end the process.
  request.on('error', reject)
  // Of an answer that changes the protocol there is no more than that.
  request.once('close', () => reject(new Error('the connection ended before there was an answer')))
  request.end(body)
  return await promise
}

function answerWith(addresses: Address[]): NonNullable<RequestOptions['lookup']> {
  return (_hostname, { all }, callback) => {
    const [first] = addresses
    if (all) callback(null, addresses)
    else callback(null, first?.address ?? '', first?.family)
  }
}
