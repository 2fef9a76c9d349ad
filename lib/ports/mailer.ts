/** Sends e-mail. */
export interface Mailer {
  /** Resolves once a server has taken it. Throws `unavailable` with the reason, which never holds a password; within 30 s. */
  send(mail: Mail): Promise<void>
}

export interface Mail {
  /** One alone: of several, some may get it and some not. */
  to: string
  subject: string
  text: string
  /** Sent again with the same one, it is the same message. */
  id: string
  /** The id of the message it is an answer to. */
  inReplyTo?: string | undefined
  /** Ends it; its reason is thrown then. */
  signal?: AbortSignal | undefined
}
