/**
 * Any bytes as a part of a file name, in signs that no file system folds, normalizes or forbids: small letters, digits and
 * `_.-` stay, a capital is `!` with its small letter, and a run of other bytes is in hex between two `%`.
 * Bytes go by as a string of one character each (latin1), which compares as they do.
 */
export function escapeName(bytes: string): string {
  return bytes.replaceAll(/([A-Z])|([^A-Za-z0-9_.-]+)/g, (_, capital?: string, others = '') =>
    capital ? `!${capital.toLowerCase()}` : `%${Buffer.from(others, 'latin1').toString('hex')}%`,
  )
}

/** The bytes that `escapeName` was given. */
export function unescapeName(name: string): string {
  return name.replaceAll(/!([a-z])|%([0-9a-f]+)%/g, (_, small?: string, hex = '') =>
    small ? small.toUpperCase() : Buffer.from(hex, 'hex').toString('latin1'),
  )
}
