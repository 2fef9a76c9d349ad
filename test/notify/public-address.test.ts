import { describe, expect, it } from 'vitest'
import { isLoopback, isPublicAddress } from '../../lib/notify/public-address.ts'

const INSIDE: Record<string, string[]> = {
  'this machine': ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '0.1.2.3', '::'],
  'a private network': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'the link': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
  'the inside of a cloud': [
    '169.254.169.254',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
  ],
  'a provider’s network': ['100.64.0.1', '100.127.255.255'],
  many: ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1', 'ff0e::1'],
  'documents and benchmarks': [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '2001:db8::1',
    '3fff::1',
  ],
  'what is not given out': ['240.0.0.1', '192.88.99.1', '4000::1', '8000::1', '100::1', '5f00::1'],
  'an address inside, wrapped': [
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::10.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::8.8.8.8',
    '64:ff9b:1:0a00:0001::',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2001::1',
    '2001:0:a00:1::',
  ],
  'no address at all': [
    '',
    'localhost',
    'example.com',
    '1.2.3.4.5',
    '127.0.0.1/8',
    '[::1]',
    'http://8.8.8.8',
  ],
}

describe('an address', () => {
  it.each(Object.entries(INSIDE).flatMap(([of, all]) => all.map((address) => ({ of, address }))))(
    'of $of is not public: $address',
    ({ address }) => {
      expect(isPublicAddress(address)).toBe(false)
    },
  )

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.215.14',
    '172.32.0.1',
    '192.169.0.1',
    '100.128.0.1',
    '169.253.255.255',
  ])('of the internet is public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
    expect(isPublicAddress(`::ffff:${address}`)).toBe(true)
    expect(isPublicAddress(`64:ff9b::${address}`)).toBe(true)
  })

  it.each(['2606:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888', '2400:cb00::1'])(
    'of the internet is public: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it('of this machine is its own, and no other is', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address), address).toBe(true)
    for (const address of ['0.0.0.0', '::', '10.0.0.1', '169.254.169.254', '8.8.8.8', 'localhost', ''])
      expect(isLoopback(address), address).toBe(false)
  })
})
