import { expect } from 'vitest'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import { logPrefix } from '../../../lib/run/log-prefix.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { must, report, startOne } from '../v1/steps.ts'

export const AT = Date.parse('2026-11-22T10:00:00.123Z')
export const HOSTILE = '<script>alert("x")</script>'

/** A run that somebody works on, of a project of its own. */
export const startRun = (app: TestApp, fields: object = {}): Promise<Claimed> =>
  startOne(app, { projectId: unique('p'), kind: 'test.run', ...fields })

/** Lines as a worker of ours writes them. */
export const linesOf = ({ run }: Pick<Claimed, 'run'>, texts: string[]): string =>
  texts.map((text) => `${logPrefix(AT, run.id, ':')}${text}\n`).join('')

/** Adds to the log of a run; gives back where it goes on. */
export async function print(app: TestApp, claimed: Claimed, texts: string[], offset = 0): Promise<number> {
  const { run, leaseToken } = claimed
  const headers = { 'lease-token': leaseToken, 'log-offset': String(offset), 'content-type': 'text/plain' }
  const raw = linesOf(claimed, texts)
  const { status, json, text } = await app.request<{ nextOffset: number }>(
    'POST',
    `/v1/runs/${run.id}/logs`,
    { raw, headers },
  )
  expect(status, text).toBe(200)
  return json.nextOffset
}

export async function end(
  app: TestApp,
  { run, leaseToken }: Claimed,
  verb: 'succeed' | 'fail',
  body: object = {},
) {
  const { status, text } = await report(app, run.id, verb, { leaseToken, ...body })
  expect(status, text).toBe(200)
}

/** The value of an attribute of the first element that has it. */
export const attribute = (html: string, name: string): string =>
  must(new RegExp(`${name}="([^"]*)"`).exec(html)?.[1])
