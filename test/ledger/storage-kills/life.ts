import type { S3Options } from '../../../lib/objects/s3/settings.ts'
import type { StoreAddress } from '../../contracts/open-store.ts'

/** What a process is told that archives, restores and deletes. */
export interface Life {
  address: StoreAddress
  s3: S3Options
  /** What it does, and to which run, grows from it. */
  seed: string
  ids: Ids
  leaseSeconds: number
  /** Where it ends, or stands still, by itself; null: nowhere. */
  halt: Halt | null
}

/** Runs by what may become of them. */
export interface Ids {
  /** Anything. */
  any: string[]
  /** Archived and restored, and never deleted. */
  kept: string[]
  /** Whatever is tried, it is refused. */
  held: string[]
  /** Of all of these those of many bytes. */
  large: string[]
}

/** At its so many-th call to a store: before it is made, or once it has been answered. */
export interface Halt {
  call: number
  when: 'before' | 'after'
  signal: 'SIGKILL' | 'SIGSTOP'
}
