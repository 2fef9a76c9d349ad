import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signWebhook } from '../lib/ledger/webhooks/sign.ts'
import { SQLITE, useLedger } from './support/open-ledger.ts'
import { readmeBlock } from './support/readme-block.ts'

const TIMEOUT_MS = 120_000
const SECRET = `whsec_${Buffer.from('thirty-two bytes of the tests, so').toString('base64')}`
const OLD = `whsec_${Buffer.from('what was the secret until today…').toString('base64')}`
const BODY = JSON.stringify({ type: 'run.failed', timestamp: 'now', data: { error: 'no such table: Köln' } })
/** Further off than what the README lets pass by more than a slow machine takes. */
const OFF_SECONDS = 1_000

interface Delivery {
  headers: Record<string, string>
  body: string
}

describe('a receiver as the README has it', () => {
  const at = useLedger(SQLITE)
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runledger-receiver-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** As our code signs it; so many seconds from now. */
  const delivery = ({ secret = [SECRET] as string[], after = 0, body = BODY } = {}): Delivery => {
    const timestamp = Math.floor(Date.now() / 1_000) + after
    return { headers: signWebhook(at().as(), { id: 'msg_1', timestamp, body, secret }), body }
  }

  /** What must be believed and what must not, whoever is asked. */
  async function expectItToTellApart(isAccepted: (delivery: Delivery) => Promise<boolean>): Promise<void> {
    const accepted: [string, Delivery][] = [
      ['as it was sent', delivery()],
      ['while a secret is replaced', delivery({ secret: [OLD, SECRET] })],
      ['a little early', delivery({ after: 100 })],
    ]
    const good = delivery()
    const refused: [string, Delivery][] = [
      ['another body', { ...good, body: BODY.replace('failed', 'passed') }],
      ['another id', { ...good, headers: { ...good.headers, 'webhook-id': 'msg_2' } }],
      ['another secret', delivery({ secret: [OLD] })],
      ['no signature', { ...good, headers: { ...good.headers, 'webhook-signature': '' } }],
      ['an old one', delivery({ after: -OFF_SECONDS })],
      ['one of the future', delivery({ after: OFF_SECONDS })],
      ['no time', { ...good, headers: { ...good.headers, 'webhook-timestamp': 'soon' } }],
    ]
    for (const [which, one] of accepted) expect([which, await isAccepted(one)]).toEqual([which, true])
    for (const [which, one] of refused) expect([which, await isAccepted(one)]).toEqual([which, false])
  }

  it.each([
    { language: 'js', command: process.execPath, file: 'receiver.mjs' },
    { language: 'python', command: 'python3', file: 'receiver.py' },
  ])(
    'in $language accepts what we signed, and neither what was changed nor what is of another time',
    {
      timeout: TIMEOUT_MS,
    },
    async ({ language, command, file }) => {
      const text = readmeBlock(language, 'WEBHOOK_SECRET')
      const port = await freePort()
      expect(text.split('4000')).toHaveLength(2)
      await writeFile(join(folder, file), text.replace('4000', String(port)))
      const child = spawn(command, [join(folder, file)], {
        env: { ...process.env, WEBHOOK_SECRET: SECRET },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      try {
        let printed = ''
        child.stdout.on('data', (chunk) => (printed += chunk))
        child.stderr.on('data', (chunk) => (printed += chunk))
        const url = `http://127.0.0.1:${port}/`
        await untilItAnswers(url, child, () => printed)
        await expectItToTellApart(async ({ headers, body }) => {
          const { status } = await fetch(url, { method: 'POST', headers, body })
          expect([204, 401]).toContain(status)
          return status === 204
        })
        while (!printed.includes('msg_1 run.failed')) await delay(20)
      } finally {
        const gone = once(child, 'exit')
        if (child.exitCode === null && child.kill('SIGKILL')) await gone
      }
    },
  )

  it.each(['sh', 'bash'])(
    'in %s accepts what we signed, and neither what was changed nor what is of another time',
    {
      timeout: TIMEOUT_MS,
    },
    async (shell) => {
      const script = readmeBlock('sh', 'openssl dgst')
      await expectItToTellApart(async ({ headers, body }) => {
        await writeFile(join(folder, 'body'), body)
        const given = {
          id: headers['webhook-id'],
          timestamp: headers['webhook-timestamp'],
          signature: headers['webhook-signature'],
          WEBHOOK_SECRET: SECRET,
        }
        const { code, stdout } = await run(shell, script, { cwd: folder, env: { ...process.env, ...given } })
        expect(stdout === 'genuine\n').toBe(code === 0)
        return code === 0
      })
    },
  )
})

/** Below those that the system gives to whoever asks for any, lest it is taken until it is used. */
async function freePort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      new Promise<boolean>((resolve) => server.once('error', () => resolve(false))),
    ]).catch(() => false)
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

async function untilItAnswers(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  const answers = () =>
    fetch(url, { method: 'POST', body: '{}' }).then(
      () => true,
      () => false,
    )
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`it has ended: ${printed()}`)
    await delay(50)
  }
}

async function run(
  shell: string,
  script: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; stdout: string }> {
  return await new Promise((resolve) => {
    execFile(shell, ['-c', script], options, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout })
    })
  })
}
