const VARIABLE = /\$\{(\w+)(?::-([^${}]*))?\}/g
const MAX_LENGTH = 1_000

/**
 * Replaces `${VARIABLE}`, and `${VARIABLE:-default}` by its default where the variable is unset or empty. Only variables whose name
 * ends in `_SCHEDULE` or `_INTERVAL`, so that no schedule can ask for a secret. A problem never says what a variable holds, nor
 * whether one of another name is set. Source 003.
 */
export function resolveSchedule(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): { schedule: string } | Unresolved {
  if (text.length > MAX_LENGTH) return { problem: `is longer than ${MAX_LENGTH} characters` }
  if (/[${}]/.test(text.replaceAll(VARIABLE, '')))
    return { problem: `has a $, { or } that is part of no variable: write \${NAME} or \${NAME:-0 2 * * *}` }
  let problem: string | undefined
  let isUnset = false
  const schedule = text.replaceAll(VARIABLE, (_, name: string, other: string | undefined) => {
    problem ??= refusalOf(name)
    const value = (Object.hasOwn(variables, name) && variables[name]) || other
    if (value === undefined) {
      isUnset ||= problem === undefined
      problem ??= `${name} is not set: set it, or give a default, as in \${${name}:-0 2 * * *}`
    }
    return value ?? ''
  })
  return problem === undefined ? { schedule } : { problem, ...(isUnset ? { isUnset: true } : {}) }
}

export interface Unresolved {
  problem: string
  /** It is for want of a variable alone: as it is written, nothing is wrong with it. */
  isUnset?: true
}

function refusalOf(name: string): string | undefined {
  if (/_(SCHEDULE|INTERVAL)$/.test(name)) return undefined
  return `names ${name}: only variables that end in _SCHEDULE or _INTERVAL are read`
}
