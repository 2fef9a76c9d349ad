/** Counters shared by all instances. */
export interface LimitStore {
  /** Adds `amount` to the counter of this bucket in the current minute; gives back its sum and the seconds left of the minute. */
  draw(bucket: string, amount: number): Promise<{ used: number; resetSeconds: number }>
  /** True for one caller in every `seconds`, false for all others: the guard of what must run at most every so often. */
  due(name: string, seconds: number): Promise<boolean>
  /** Removes counters of minutes that began so long ago; gives back how many. */
  forget(olderThanSeconds: number): Promise<number>
}
