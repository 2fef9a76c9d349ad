/** Sends e-mail. */
export interface Mailer {
  /** Resolves once a server has taken it. Throws `unavailable` with the reason, which never holds a password. */
  send(mail: Mail): Promise<void>
}

export interface Mail {
  to: string[]
  subject: string
  text: string
  /** Sent again with the same one, it is the same message. */
  id: string
  /** The id of the message it is an answer to. */
  inReplyTo?: string | undefined
}
