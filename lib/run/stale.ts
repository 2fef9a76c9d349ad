/** The script by whose name each stale sweep stands among the runs. Source 001. */
export const STALE_SWEEP_SCRIPT = 'cleanupStaleScripts'

const UNITS = [
  { seconds: 86_400, word: 'day' },
  { seconds: 3_600, word: 'hour' },
  { seconds: 60, word: 'minute' },
  { seconds: 1, word: 'second' },
] as const

/** What is said of a run that was running for longer than so many whole seconds: source 001's words, in the largest whole unit. */
export function staleError(seconds: number): string {
  const unit = UNITS.find((one) => seconds % one.seconds === 0) ?? UNITS[3]
  return `Script marked as failed - exceeded ${seconds / unit.seconds} ${unit.word} timeout`
}
