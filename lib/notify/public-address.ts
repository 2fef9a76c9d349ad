import ipaddr from 'ipaddr.js'

/**
 * Whether an address is one of the public internet: not of this machine, of a private or local network, of a cloud's inside, and
 * none that only wraps such an address. What is no address is not public.
 */
export function isPublicAddress(text: string): boolean {
  const address = toAddress(text)
  if (address === null) return false
  if (address.kind() === 'ipv4') return address.range() === 'unicast' && !INSIDE.has(address.toString())
  return address.range() === 'unicast' && address.match(GLOBAL)
}

/** Whether an address is this machine's own. */
export function isLoopback(text: string): boolean {
  return toAddress(text)?.range() === 'loopback'
}

/** All that is given out so far; what is left may become anything. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3')
/** The prefix by which networks without IPv4 reach it; those that a network chose for itself lead inside. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
/** Public by its number, and in Azure the host's own. */
const INSIDE = new Set(['168.63.129.16'])

/** An IPv4 address that is written as an IPv6 one (mapped, or by NAT64) is what it stands for. */
function toAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (!ipaddr.isValid(text)) return null
  const address = ipaddr.parse(text)
  if (!(address instanceof ipaddr.IPv6)) return address
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return address.match(NAT64) ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address
}
