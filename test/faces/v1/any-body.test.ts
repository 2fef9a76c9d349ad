import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { startOne, useApp } from './steps.ts'

const at = useApp()
const RUNS = 200

/** Any JSON, in whatever Unicode, with the names a body could have among its keys. */
function bodyWith(known: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  const nearly = fc.record(
    Object.fromEntries(Object.entries(known).map(([key, value]) => [key, fc.oneof(value, anything)])),
    { requiredKeys: [] },
  )
  const more = fc.dictionary(fc.string({ unit: 'binary' }), anything, { maxKeys: 3 })
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    { weight: 2, arbitrary: nearly },
    { weight: 1, arbitrary: fc.tuple(nearly, more).map(([body, rest]) => ({ ...rest, ...body })) },
  )
}

const halves = fc.constantFrom('\ud800', 'a\udfffb', '\u0000')
const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: halves },
)
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 2 ** 31, 2 ** 63, 1e308),
)
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  text,
)
const labels = fc.dictionary(text, text)
const id = fc.oneof(fc.constant('01KBQK6M3V8Z5W0X2Y4A6C8E9G'), text)
const common = {
  kind: fc.oneof(fc.constantFrom('a', 'b/c', 'a.b:c@d'), text),
  projectId: fc.oneof(fc.constantFrom('p', null), text),
  input: fc.jsonValue({ stringUnit: 'binary' }),
  priority: number,
  timeoutSeconds: number,
  name: text,
  labels,
}

const cases: { path: string; body: (token: string) => fc.Arbitrary<unknown> }[] = [
  { path: '/v1/runs', body: () => bodyWith({ ...common, runAt: time, maxAttempts: number }) },
  {
    path: '/v1/runs:start',
    body: () =>
      bodyWith({ ...common, id, workerId: text, leaseSeconds: number, startedAt: time, pid: number }),
  },
  {
    path: '/v1/runs:claim',
    body: () =>
      bodyWith({
        workerId: text,
        claimId: text,
        kinds: fc.array(common.kind),
        projectId: common.projectId,
        limit: number,
        leaseSeconds: number,
      }),
  },
  {
    path: '/v1/runs:heartbeat',
    body: (token) =>
      fc
        .array(
          bodyWith({ id, leaseToken: fc.oneof(fc.constant(token), text), progress: number, message: text }),
          { maxLength: 5 },
        )
        .map((runs) => ({ runs })),
  },
  {
    path: '/v1/runs:complete',
    body: (token) =>
      fc
        .array(
          bodyWith({
            leaseToken: fc.oneof(fc.constant(token), text),
            outcome: fc.constantFrom('succeeded', 'failed'),
            error: text,
            retryable: fc.boolean(),
            outputRef: text,
            exitCode: number,
            finishedAt: time,
            logBytes: number,
            metrics: fc.record({ memoryPeakBytes: number, cpuSeconds: number }),
          }),
          { maxLength: 5 },
        )
        .map((runs) => ({ runs })),
  },
  {
    path: '/v1/runs:batch',
    body: () => fc.array(bodyWith({ ...common, runAt: time }), { maxLength: 5 }).map((runs) => ({ runs })),
  },
  { path: '/v1/sweeps', body: () => bodyWith({ kind: fc.constant('stale'), dryRun: fc.boolean() }) },
  { path: '/script/log-start', body: () => bodyWith({ scriptName: common.kind }) },
  {
    path: '/script/update-log-status',
    body: () =>
      bodyWith({
        scriptName: common.kind,
        logId: id,
        status: fc.constantFrom(0, 1, 2, -1),
        message: text,
        apiCalls: number,
      }),
  },
  {
    path: '/cron-config',
    body: () =>
      bodyWith({
        name: text,
        schedule: fc.oneof(fc.constantFrom('0 2 * * *', '@daily', '0 0 31 2 *'), text),
        enabled: fc.boolean(),
        timezone: fc.oneof(fc.constant('UTC'), text),
        timeout: number,
        scripts: fc.array(fc.record({ name: common.kind })),
      }),
  },
  {
    path: '/v1/keys',
    body: () =>
      bodyWith({
        name: text,
        scopes: fc.array(fc.constantFrom('runs:read', 'admin', 'x')),
        projectId: text,
        expiresAt: time,
        owner: text,
      }),
  },
]

describe.each(cases)('POST $path', ({ path, body }) => {
  it('answers whatever JSON it is sent with a 2xx or a 4xx, and each of its items, too', async () => {
    const { leaseToken } = await startOne(at(), { projectId: unique('p') })
    await fc.assert(
      fc.asyncProperty(body(leaseToken), async (any) => {
        const { status, json, text } = await at().request<{ data?: { status?: number }[] }>('POST', path, {
          raw: JSON.stringify(any),
        })
        expect(status, text).toBeLessThan(500)
        if (status === 200 && Array.isArray(json.data))
          for (const item of json.data) expect(item.status ?? 200, text).toBeLessThan(500)
      }),
      { numRuns: RUNS },
    )
  })
})
