import type { Outbound, OutboundRequest } from '../ports/outbound.ts'
import { LedgerError } from '../run/errors.ts'
import { checkUrl, type Target } from './check-url.ts'
import { isLoopback, isPublicAddress } from './public-address.ts'
import { readAnswer } from './read-answer.ts'
import { type Address, type Resolve, resolveBySystem } from './resolve.ts'
import { sendRequest } from './send-request.ts'

export interface GuardedOutboundOptions {
  /** For tests: this machine's own addresses may be called. */
  allowLoopback?: boolean
  /** Default: the system's resolver. */
  resolve?: Resolve
}

/**
 * HTTP that reaches the public internet alone. A name is resolved once a call, all its addresses are looked at, and the
 * connection is made to those very addresses: no second answer comes in between. No connection outlives its call.
 */
export function guardedOutbound(options: GuardedOutboundOptions = {}): Outbound {
  const { allowLoopback = false, resolve = resolveBySystem } = options
  const mayCall = (address: string) => isPublicAddress(address) || (allowLoopback && isLoopback(address))

  function checked(url: string): Target {
    const target = checkUrl(url)
    if (target.address !== null && !mayCall(target.address)) throw forbidden(target.host)
    return target
  }

  async function addressesOf(target: Target): Promise<Address[]> {
    if (target.address !== null) return [toAddress(target.address)]
    const addresses = await resolve(target.url.hostname)
    if (addresses.length === 0) throw new LedgerError('unavailable', `${target.host} has no address`)
    if (!addresses.every(({ address }) => mayCall(address))) throw forbidden(target.host)
    return addresses
  }

  async function exchange(target: Target, request: OutboundRequest, signal: AbortSignal) {
    const addresses = await addressesOf(target)
    signal.throwIfAborted()
    return await readAnswer(await sendRequest(target, addresses, request, signal))
  }

  return {
    async check(url) {
      checked(url)
    },
    async post(request) {
      const target = checked(request.url)
      const deadline = AbortSignal.timeout(request.timeoutMs)
      const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal])
      try {
        return await unlessAborted(exchange(target, request, signal), signal)
      } catch (error) {
        throw explained(error, target, request, deadline)
      }
    },
  }
}

const toAddress = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 })

const forbidden = (host: string) =>
  new LedgerError('forbidden', `${host} is not on the public internet, and nothing else is called`)

/** A resolver cannot be stopped; whoever waits for it can be let go. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}

function explained(
  error: unknown,
  { host }: Target,
  request: OutboundRequest,
  deadline: AbortSignal,
): unknown {
  if (request.signal?.aborted) return request.signal.reason
  if (deadline.aborted)
    return new LedgerError(
      'unavailable',
      `${host} gave no whole answer within ${request.timeoutMs / 1_000} s`,
    )
  if (error instanceof LedgerError) return error
  const { code } = error as { code?: unknown }
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN')
    return new LedgerError('invalid', 'a header to send holds characters that no header may')
  return new LedgerError(
    'unavailable',
    `${host} cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`,
  )
}
