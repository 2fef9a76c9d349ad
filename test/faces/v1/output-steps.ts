import { expect } from 'vitest'
import type { OutputUpload } from '../../../lib/ledger/outputs/upload.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import type { Answer, TestApp } from '../../support/open-app.ts'

export const bytesOf = (words: string) => new TextEncoder().encode(words)

/** Tells the server of a file that is about to come. */
export function announce<T = OutputUpload>(
  app: TestApp,
  { run, leaseToken }: Pick<Claimed, 'run' | 'leaseToken'>,
  body: object,
): Promise<Answer<T>> {
  const headers = { 'lease-token': leaseToken }
  return app.request<T>('POST', `/v1/runs/${run.id}/outputs`, { headers, body })
}

/** Has a file that was sent recorded. */
export function commit<T = RunOutput>(
  app: TestApp,
  { run, leaseToken }: Pick<Claimed, 'run' | 'leaseToken'>,
  path: string,
): Promise<Answer<T>> {
  const headers = { 'lease-token': leaseToken }
  return app.request<T>('POST', `/v1/runs/${run.id}/outputs:commit`, { headers, body: { path } })
}

/** Sends bytes to a signed URL of this app, as if over a socket. */
export async function upload(
  { app }: TestApp,
  { url, headers }: { url: string; headers: Record<string, string> },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const sent = { ...headers, 'content-length': String(bytes.length) }
  return (await app.request(url, { method: 'PUT', headers: sent, body: bytes })).status
}

/** A small file of a run, all three steps. */
export async function sendOutput(
  app: TestApp,
  claimed: Pick<Claimed, 'run' | 'leaseToken'>,
  path: string,
  words = path,
): Promise<RunOutput> {
  const bytes = bytesOf(words)
  const { json, text } = await announce(app, claimed, { path, bytes: bytes.length })
  if (json?.method !== 'put') return expect.fail(text)
  expect(await upload(app, json, bytes)).toBe(200)
  const committed = await commit(app, claimed, path)
  expect(committed.status, committed.text).toBe(200)
  return committed.json
}
