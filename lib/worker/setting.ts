import { LedgerError } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import type { Setting } from './options.ts'

/** What a worker does unless it is told otherwise. */
export const DEFAULTS = {
  concurrency: 4,
  leaseSeconds: LIMITS.leaseSeconds.default,
  pollSeconds: LIMITS.waitSeconds,
  drainMs: 30_000,
  graceMs: 10_000,
  once: false,
} as const

/** The setting, where it is one. Throws `invalid`. */
export function checkSetting(setting: Setting): Setting {
  const { concurrency, leaseSeconds, pollSeconds, drainMs, graceMs, kinds } = setting
  const { min, max } = LIMITS.leaseSeconds
  const rules: [isRight: boolean, rule: string][] = [
    [isWhole(concurrency) && concurrency >= 1 && concurrency <= 1_000, 'concurrency: 1 to 1000'],
    [isWhole(leaseSeconds) && leaseSeconds >= min && leaseSeconds <= max, `leaseSeconds: ${min} to ${max}`],
    [pollSeconds >= 0 && pollSeconds <= LIMITS.waitSeconds, `pollSeconds: 0 to ${LIMITS.waitSeconds}`],
    [drainMs >= 0, 'drainMs: 0 or more'],
    [graceMs >= 0, 'graceMs: 0 or more'],
    [
      kinds === undefined || (kinds.length >= 1 && kinds.length <= LIMITS.claimKinds),
      `kinds: 1 to ${LIMITS.claimKinds} of them`,
    ],
  ]
  const broken = rules.filter(([isRight]) => !isRight).map(([, rule]) => rule)
  if (broken.length === 0) return setting
  throw new LedgerError('invalid', `a worker takes ${broken.join('; ')}`)
}

/** Without what is undefined: an option that is not said has its default. */
export function said<T extends object>(options: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

/** The kinds to take: those of the handlers, or those of them that were said. Throws `invalid` for one without a handler. */
export function kindsOf(handlers: object, kinds: string[] | undefined, where: string): string[] {
  const all = Object.entries(handlers).flatMap(([kind, one]) => (typeof one === 'function' ? [kind] : []))
  const unknown = kinds?.filter((kind) => !all.includes(kind)) ?? []
  if (unknown.length === 0) return kinds ?? all
  throw new LedgerError('invalid', `${where} has no handler for ${unknown.join(', ')}`)
}

const isWhole = (value: number) => Number.isInteger(value)
