/** Overwrites what must not be kept in a log: credentials, and personal data where that is asked for. */
export interface LogRedactor {
  /**
   * The bytes with each secret overwritten by `*`, byte for byte: as many as before, and line ends, line prefixes, white
   * space and colour codes stay. Where there is nothing to overwrite they are the ones that were given; those are never
   * changed. A chunk begins and ends with a line; `inKey` is what the one before gave as `endsInKey`.
   */
  redactLog(bytes: Uint8Array, options: { inKey: boolean }): Promise<RedactedLog>
}

export interface RedactedLog {
  bytes: Uint8Array
  /** Whether the next chunk may begin within a private key. */
  endsInKey: boolean
  /** In how many places something was overwritten; each line of a private key is one. */
  redacted: number
}
