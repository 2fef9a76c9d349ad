/**
 * HTTP calls to addresses that users give. What is not on the public internet is never called, whatever a name resolves to when
 * it is called.
 */
export interface Outbound {
  /**
   * Throws `invalid` or `forbidden` for a URL that would be refused as it stands. A name may still turn out to be forbidden when
   * it is called.
   */
  check(url: string): Promise<void>

  /**
   * What was answered, whatever its status: a redirect is an answer and is not followed. Nothing is tried twice.
   *
   * @throws LedgerError `invalid`: no URL or headers that may be sent. `forbidden`: an address that must not be called.
   * `unavailable`: no whole answer within `timeoutMs`, and why. No message holds more of the URL than its host. Where `signal`
   * aborts, its reason is thrown.
   */
  post(request: OutboundRequest): Promise<OutboundAnswer>
}

export interface OutboundRequest {
  url: string
  /** Besides `Host` and what says how long the body is. */
  headers: Record<string, string>
  body: string
  /** For everything, from the name's resolution to the end of the answer. */
  timeoutMs: number
  signal?: AbortSignal | undefined
}

export interface OutboundAnswer {
  status: number
  /** As text, its first 32 KB. */
  body: string
  /** For how long the receiver asks to be left alone (`Retry-After`); null: it says nothing of it. */
  retryAfterMs: number | null
}
