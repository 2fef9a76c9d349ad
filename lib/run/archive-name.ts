/**
 * Why a name in an archive must not be unpacked: absolute, leaving its folder, or not one name for everybody. Null where it may
 * be. Issue 6: refused and logged.
 */
export function unsafeNameFault(name: string): string | null {
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'holds a NUL'
  if (!name.isWellFormed()) return 'holds half a surrogate pair'
  if (name.includes('\\')) return 'holds a backslash'
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is absolute'
  const segments = name.split('/')
  if (segments.includes('..')) return 'holds the segment ..'
  if (segments.includes('.')) return 'holds the segment .'
  return segments.includes('') ? 'holds an empty segment' : null
}
