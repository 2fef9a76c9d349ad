import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A message that was taken. */
export interface TakenMail {
  from: string
  to: string[]
  /** Its head and its text, as they were sent. */
  raw: string
  /** Whether it came over TLS. */
  secure: boolean
  user: unknown
}

/** A real SMTP server on this machine. */
export interface MailServer {
  port: number
  /** `smtp://127.0.0.1:port` */
  url: string
  taken: TakenMail[]
  close(): Promise<void>
}

/** Takes everything from everyone over open lines, unless `options` say otherwise. Its certificate is its own. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const taken: TakenMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, { envelope, secure, user }, done) {
      text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const to = envelope.rcptTo.map(({ address }) => address)
        taken.push({ from, to, raw, secure, user })
        done()
      }, done)
    },
    ...options,
  })
  // A client that goes away in the middle is no matter of the server's.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    taken,
    close: () => new Promise((closed) => server.close(() => closed())),
  }
}

/** The lines of a message's head, those that go on in the next put together. */
export function headOf({ raw }: TakenMail): string[] {
  const [head = ''] = raw.split('\r\n\r\n')
  return head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
}
