import { expect } from 'vitest'
import type { z } from 'zod'
import type { DashboardRow, LogRow } from '../../../lib/faces/script/shapes.ts'
import type { Sent, TestApp } from '../../support/open-app.ts'

export type LogRowOf = z.infer<typeof LogRow>
export type DashboardRowOf = z.infer<typeof DashboardRow>

/** What the face gives for a request that it grants. */
export async function granted<T>(app: TestApp, method: string, path: string, sent: Sent = {}): Promise<T> {
  const { status, json, text } = await app.request<{ success: boolean; data: T }>(method, path, sent)
  expect({ status, success: json.success }, text).toEqual({ status: 200, success: true })
  return json.data
}

/** What it says to one that it refuses. */
export async function refused(
  app: TestApp,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<{ status: number; error: string }> {
  const { status, json, text } = await app.request<{ success: boolean; error: string }>(method, path, sent)
  expect(status, text).toBeGreaterThanOrEqual(400)
  return { status, error: json.error }
}

/** The id of the log of a script that is in progress. */
export const logStart = (app: TestApp, scriptName: string, sent: Sent = {}) =>
  granted<string>(app, 'POST', '/script/log-start', { ...sent, body: { scriptName } })

export const updateLog = (app: TestApp, body: object, sent: Sent = {}) =>
  granted<string>(app, 'POST', '/script/update-log-status', { ...sent, body })

export const logsOf = (app: TestApp, scriptName: string) =>
  granted<LogRowOf[]>(app, 'GET', `/script/logs?scriptName=${scriptName}`)

/** As if it had begun so many days ago. */
export async function beganDaysAgo(app: TestApp, id: string, days: number): Promise<void> {
  const then = `now() - interval '${days} days'`
  await app.raw(`UPDATE runs SET "startedAt" = ${then}, "claimedAt" = ${then} WHERE id = '${id}'`)
}
