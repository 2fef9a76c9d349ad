/**
 * A time zone by its name, as it is commonly written; UTC for what is none. An offset, such as +01:23, is taken for none: of those there
 * are thousands, and what is made for a zone is kept.
 */
export function knownZone(name: string): string {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return /^[+-]/.test(timeZone) ? 'UTC' : timeZone
  } catch {
    return 'UTC'
  }
}
