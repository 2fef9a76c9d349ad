import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import { logPrefix } from '../../../lib/run/log-prefix.ts'
import { contextOf, ENGINES, useLedger } from '../../support/open-ledger.ts'
import { claimed, makeDue, refusal, stored, working } from '../steps.ts'
import { keysOf, line, logOf, Writer, writing } from './steps.ts'

describe.each(ENGINES)('a chunk of a log on $name', (engine) => {
  const at = useLedger(engine)

  it('is kept, counted on the run, and read back', async () => {
    const { writer, id, person } = await writing(at())
    expect(await writer.write('one\n')).toBe(4)
    expect(await writer.write('two\n')).toBe(8)
    expect(await logOf(person, id)).toBe('one\ntwo\n')
    expect(await stored(at(), id)).toMatchObject({ logBytes: 8 })
  })

  it('that comes again is accepted and kept once', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write('one\n')
    await writer.write('two\n')
    expect(await writer.send(0, 'one\n')).toEqual({ nextOffset: 8 })
    expect(await logOf(person, id)).toBe('one\ntwo\n')
  })

  it('that leaves a gap, or is cut elsewhere, is told where the log goes on', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write('one\n')
    for (const [offset, text] of [
      [5, 'late\n'],
      [0, 'other'],
      [2, 'e\ntwo\n'],
    ] as const) {
      const error = await refusal(writer.send(offset, text))
      expect(error).toMatchObject({ code: 'conflict', expectedOffset: 4 })
    }
    expect(await logOf(person, id)).toBe('one\n')
  })

  it('without bytes says where the log goes on', async () => {
    const { writer } = await writing(at())
    await writer.write('one\n')
    expect(await writer.send(4, '')).toEqual({ nextOffset: 4 })
    expect(await refusal(writer.send(0, ''))).toMatchObject({ expectedOffset: 4 })
  })

  it('sent by twenty at once is kept once', async () => {
    const { writer, id, person } = await writing(at())
    const answers = await Promise.all(Array.from({ length: 20 }, () => writer.send(0, 'once\n')))
    expect(answers).toEqual(answers.map(() => ({ nextOffset: 5 })))
    expect(await logOf(person, id)).toBe('once\n')
  })

  it('and another at the same offset: one wins, whole, and the other is told', async () => {
    const { writer, id, person } = await writing(at())
    const texts = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(n + 1))
    const answers = await Promise.allSettled(texts.map((text) => writer.send(0, text)))
    const won = texts.filter((_, n) => answers[n]?.status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(await logOf(person, id)).toBe(won[0])
  })

  it('of whoever lost the lease is refused, and changes nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const first = new Writer(tenant.worker, await working(tenant, { maxAttempts: 3 }))
    await first.write('first\n')
    await failRun(tenant.worker, { leaseToken: first.leaseToken, error: 'no', retryable: true })
    expect((await refusal(first.write('late\n'))).code).toBe('lease_lost')
    await makeDue(ledger, first.id)
    const second = new Writer(tenant.worker, { id: first.id, ...(await claimed(tenant.worker)) })
    expect((await refusal(first.write('later\n'))).code).toBe('lease_lost')
    await second.write('second\n')
    expect(await logOf(tenant.person, first.id)).toBe('first\nsecond\n')
  })

  it('of a lost run that nobody has taken since is taken', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('before\n')
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
    await writer.write('after\n')
    await writer.succeed(13)
    expect(await logOf(person, id)).toBe('before\nafter\n')
    expect(await stored(ledger, id)).toMatchObject({ state: 'succeeded', logBytes: 13 })
  })

  it('is refused for its size, its token, and to those who may not', async () => {
    const ledger = at()
    const { writer, id, person, worker } = await writing(ledger)
    const large = new Uint8Array(LIMITS.logChunkBytes + 1)
    expect((await refusal(writer.write(large))).code).toBe('too_large')
    const other = await working(ledger.tenant())
    expect((await refusal(new Writer(worker, { id, leaseToken: other.leaseToken }).write('x'))).code).toBe(
      'invalid',
    )
    expect((await refusal(new Writer(person, writer).write('x'))).code).toBe('forbidden')
    const stranger = ledger.tenant().worker
    expect((await refusal(new Writer(stranger, writer).write('x'))).code).toBe('not_found')
    expect(await keysOf(ledger, id)).toEqual([])
  })

  it('has its secrets overwritten before it is stored, and its length kept', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    const secret = ['AKIA', 'Z7Q2WKX4N5PLM3RT'].join('')
    const text = line(id, `using ${secret} to upload`)
    await writer.write(text)
    const kept = await logOf(person, id)
    expect(kept).toBe(text.replace(secret, '*'.repeat(secret.length)))
    expect(await writer.send(0, text)).toEqual({ nextOffset: text.length })
    expect(JSON.stringify(ledger.logged)).not.toContain(secret)
  })

  it('has a private key overwritten that began in the one before', async () => {
    const { writer, id, person } = await writing(at())
    const body = ['MIIEowIBAAKCAQEAx5v', 'Zk3mT0qJr8b1n2c3d4e'].map((text) => text.repeat(3))
    const lines = [
      `-----BEGIN RSA ${'PRIVATE'} KEY-----`,
      ...body,
      `-----END RSA ${'PRIVATE'} KEY-----`,
      'done',
    ]
    for (const text of lines) await writer.write(line(id, text))
    const kept = await logOf(person, id)
    for (const text of body) expect(kept).not.toContain(text.slice(0, 12))
    expect(kept.endsWith(line(id, 'done'))).toBe(true)
  })

  it('that two send at once is redacted by what stands before it, not by itself', async () => {
    const ledger = at()
    const { id, writer, worker, person } = await writing(ledger)
    const text = `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlq'}\n-----BEGIN RSA ${'PRIVATE'} KEY-----\n`
    const logs: typeof worker.logs = {
      ...worker.logs,
      // The other one comes between this one's look and its word.
      async lastChunk(...of) {
        await writer.send(3, text)
        return await worker.logs.lastChunk(...of)
      },
    }
    await writer.write('ab\n')
    const slow = new Writer({ ...worker, logs }, writer)
    expect(await slow.send(3, text)).toEqual({ nextOffset: 3 + text.length })
    expect(await logOf(person, id)).toMatch(/^ab\nQUJD/)
  })

  it('past the cap is not kept; the log ends with a mark, once', async () => {
    const ledger = at()
    const { id, writer, worker, person } = await writing(ledger)
    const capped = new Writer({ ...worker, logMaxBytes: 25 }, writer)
    await capped.write('ten bytes\n')
    await capped.write('line no. 2\nline no. 3\n')
    expect(await capped.write('line no. 4\n')).toBe(43)
    expect(await capped.write('line no. 5\n')).toBe(54)
    const kept = await logOf(person, id)
    expect(kept).toMatch(
      /^ten bytes\nline no\. 2\n\[runledger: this log is cut here, at 25 bytes; [^\n]+\]\n$/,
    )
    await capped.succeed(54)
    expect(await stored(ledger, id)).toMatchObject({ logBytes: kept.length })
  })

  it('is cut at the cap only when secrets have been looked for, so that none is left in half', async () => {
    const { id, writer, worker, person } = await writing(at())
    const token = `ghp_${'a1B2'.repeat(9)}`
    const [one, two] = [logPrefix(0, id, '~'), logPrefix(0, id, ':')]
    const first = `${one}token=${token.slice(0, 20)}\n`
    const capped = new Writer({ ...worker, logMaxBytes: first.length + 10 }, writer)
    await capped.write(`${first}${two}${token.slice(20)}\n`)
    expect(await logOf(person, id)).toMatch(/^\[\S+ \S+~ token=\*{20}\n\[runledger: this log is cut here/)
  })

  it('that was put and never recorded is no obstacle to one cut elsewhere', async () => {
    const ledger = at()
    const { id, writer, worker, person } = await writing(ledger)
    const dead = {
      ...worker,
      logs: { ...worker.logs, append: () => Promise.reject(new Error('killed here')) },
    }
    await expect(new Writer(contextOf(dead, worker.actor), writer).write('one\n')).rejects.toThrow(
      'killed here',
    )
    expect(await keysOf(ledger, id)).toHaveLength(1)
    await writer.write('one\ntwo\n')
    expect(await logOf(person, id)).toBe('one\ntwo\n')
  })

  it('of the second attempt begins at its own offset 0, and stands behind the first', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const first = new Writer(tenant.worker, await working(tenant, { maxAttempts: 2 }))
    await first.write('first\n')
    await failRun(tenant.worker, { leaseToken: first.leaseToken, error: 'no', retryable: true, logBytes: 6 })
    await makeDue(ledger, first.id)
    const [again] = await claimRuns(tenant.worker, { workerId: 'w2' })
    const second = new Writer(tenant.worker, { id: first.id, leaseToken: again?.leaseToken ?? '' })
    await second.write('second\n')
    expect(await logOf(tenant.person, first.id)).toBe('first\nsecond\n')
  })
})
