import { lookup } from 'node:dns/promises'

export interface Address {
  address: string
  family: number
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<Address[]>

/** As the system has it: its hosts file, too. */
export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true })
