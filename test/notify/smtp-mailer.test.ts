import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { smtpMailer } from '../../lib/notify/smtp-mailer.ts'
import type { Mail } from '../../lib/ports/mailer.ts'
import { refusal } from '../ledger/steps.ts'
import { headOf, startMailServer } from '../support/mail-server.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function start(options: SMTPServerOptions = {}) {
  const server = await startMailServer(options)
  closing.push(() => server.close())
  return server
}

const FROM = 'ledger@example.com'
const mail = (more: Partial<Mail> = {}): Mail => ({
  to: 'ops@example.com',
  subject: 'a cron job fails',
  text: 'It has failed three times.\n',
  id: 'alert_1_opened',
  ...more,
})
const PASSWORD = 'geheim-1'
const login = (server: { port: number }, more = '') =>
  `smtp://ledger%40example.com:${PASSWORD}@127.0.0.1:${server.port}${more}`
/** Takes one user with one password. */
const guarded = (seen: string[] = []): SMTPServerOptions => ({
  authOptional: false,
  disabledCommands: [],
  onAuth({ username, password }, _session, done) {
    seen.push(String(password))
    if (username === FROM && password === PASSWORD) done(null, { user: username })
    else done(new Error(`the password ${password} is wrong`))
  },
})

describe('a mail', () => {
  it('arrives, with an id of its own', async () => {
    const server = await start()
    await smtpMailer({ url: server.url, from: FROM }).send(mail())
    expect(server.taken).toHaveLength(1)
    const [taken] = server.taken
    expect(taken).toMatchObject({
      from: FROM,
      to: ['ops@example.com'],
      raw: expect.stringContaining('It has failed three times.'),
    })
    expect(taken && headOf(taken)).toEqual(
      expect.arrayContaining([
        `From: ${FROM}`,
        'To: ops@example.com',
        'Subject: a cron job fails',
        'Message-ID: <alert_1_opened@runledger>',
        'Auto-Submitted: auto-generated',
      ]),
    )
  })

  it('names the one that it is the answer to', async () => {
    const server = await start()
    const mailer = smtpMailer({ url: server.url, from: FROM })
    await mailer.send(mail({ id: 'alert_1_resolved', inReplyTo: 'alert_1_opened' }))
    const [taken] = server.taken
    expect(taken && headOf(taken)).toContain('In-Reply-To: <alert_1_opened@runledger>')
  })

  it('has no head but its own, whatever its words are', async () => {
    const server = await start()
    const subject = 'a\r\nBcc: eve@example.com\r\n\r\nhello'
    await smtpMailer({ url: server.url, from: FROM }).send(
      mail({ subject, text: '.\r\nQUIT\r\n{{file:///etc/passwd}}' }),
    )
    const [taken] = server.taken
    expect(taken?.to).toEqual(['ops@example.com'])
    expect(taken && headOf(taken).filter((line) => /^bcc:/i.test(line))).toEqual([])
    expect(taken?.raw).toContain('QUIT')
  })

  it('goes over TLS with its password, where the server has it', async () => {
    const server = await start(guarded())
    const url = login(server, '/?tls.rejectUnauthorized=false')
    await smtpMailer({ url, from: FROM }).send(mail())
    expect(server.taken).toMatchObject([{ secure: true, user: FROM }])
  })
})

describe('a mail that cannot be sent', () => {
  const failure = async (url: string, more: Partial<Mail> = {}) => {
    const error = await refusal(smtpMailer({ url, from: FROM }).send(mail(more)))
    expect(error.code).toBe('unavailable')
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain(PASSWORD)
    return error.message
  }

  it('for want of a server says so', async () => {
    const server = await startMailServer()
    await server.close()
    expect(await failure(server.url)).toMatch(/^the mail server did not take it \(E\w+\)$/)
  })

  it('since the server refuses who it is for says so by its code', async () => {
    const server = await start({
      onRcptTo({ address }, _session, done) {
        done(Object.assign(new Error(`no ${address} here`), { responseCode: 550 }))
      },
    })
    expect(await failure(server.url)).toBe('the mail server did not take it (EENVELOPE 550)')
  })

  it('for a wrong password says nothing of it', async () => {
    const server = await start(guarded())
    const url = login(server, '/?tls.rejectUnauthorized=false').replace(PASSWORD, `${PASSWORD}-no`)
    expect(await failure(url)).toBe('the mail server did not take it (EAUTH 535)')
  })

  it('for want of TLS has told nobody the password', async () => {
    const seen: string[] = []
    const server = await start({ ...guarded(seen), disabledCommands: ['STARTTLS'], allowInsecureAuth: true })
    await failure(login(server))
    expect(seen).toEqual([])
    // Whoever says that it may go over an open line is believed.
    await smtpMailer({ url: login(server, '/?requireTLS=false'), from: FROM }).send(mail())
    expect(seen).toEqual([PASSWORD])
  })

  it('for a certificate that nobody vouches for has told nobody the password', async () => {
    const seen: string[] = []
    const server = await start(guarded(seen))
    await failure(login(server))
    expect(seen).toEqual([])
  })

  it('by what is no mail server', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 No\r\n\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => new Promise((closed) => server.close(closed)))
    await failure(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })

  /** A mail server that greets, and goes on for ever with less than a line at a time. */
  async function startEndless() {
    const seen = { isMet: false, isLeft: false }
    const server = createServer((socket) => {
      seen.isMet = true
      socket.write('220 here\r\n')
      const timer = setInterval(() => socket.write('250-'), 20)
      socket
        .on('error', () => {})
        .on('close', () => {
          clearInterval(timer)
          seen.isLeft = true
        })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => new Promise((closed) => server.close(closed)))
    return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
  }

  it('in its time, however busy the server seems, says so and leaves it', async () => {
    const { url, seen } = await startEndless()
    const error = await refusal(smtpMailer({ url, from: FROM, deadlineMs: 500 }).send(mail()))
    expect([error.code, error.message]).toEqual([
      'unavailable',
      'the mail server did not take it within 0.5 s',
    ])
    await expect.poll(() => seen.isLeft, { timeout: 10_000 }).toBe(true)
  })

  it('since it is ended throws the reason', async () => {
    const { url, seen } = await startEndless()
    const stop = new AbortController()
    const sending = smtpMailer({ url, from: FROM }).send(mail({ signal: stop.signal }))
    const reason = new Error('that is all')
    await expect.poll(() => seen.isMet, { timeout: 10_000 }).toBe(true)
    stop.abort(reason)
    await expect(sending).rejects.toBe(reason)
    await expect.poll(() => seen.isLeft, { timeout: 10_000 }).toBe(true)
  })
})
