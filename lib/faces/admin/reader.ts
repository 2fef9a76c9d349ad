import type { Actor } from '../../ports/actor.ts'

/** Who reads a page, and how: what every part of it needs to know. */
export interface Reader {
  actor: Actor
  /** Goes into each form. */
  csrf: string
  /** Of their clock, such as `Europe/Berlin`; `UTC` where the browser has not said. */
  zone: string
  theme: 'light' | 'dark' | 'system'
  /** When the page was asked for, in ms. */
  now: number
}

export const isAdmin = ({ actor }: Reader): boolean => actor.scopes.includes('admin')

/** Whether they may enqueue, cancel and retry. */
export const mayWrite = ({ actor }: Reader): boolean =>
  actor.scopes.some((scope) => scope === 'admin' || scope === 'runs:write')
