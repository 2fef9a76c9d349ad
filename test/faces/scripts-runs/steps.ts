import { expect } from 'vitest'
import type { z } from 'zod'
import type { RunRow } from '../../../lib/faces/scripts-runs/shapes.ts'
import type { Sent, TestApp } from '../../support/open-app.ts'

export type RunRowOf = z.infer<typeof RunRow>

/** What the face gives for a request that it grants. */
export async function given<T>(app: TestApp, method: string, path: string, sent: Sent = {}): Promise<T> {
  const { status, json, text } = await app.request<T>(method, path, sent)
  expect(status, text).toBe(200)
  return json
}

/** What it says to one that it refuses. */
export async function refused(app: TestApp, method: string, path: string, sent: Sent = {}) {
  const { status, json, text } = await app.request<{
    error: string
    details?: { path: string; message: string }[]
  }>(method, path, sent)
  expect(status, text).toBeGreaterThanOrEqual(400)
  return { status, ...json }
}

export const rowsOf = (app: TestApp, query: string, sent: Sent = {}) =>
  given<RunRowOf[]>(app, 'GET', `/scripts/runs?${query}`, sent)

export const idsOf = async (app: TestApp, query: string, sent: Sent = {}) =>
  (await rowsOf(app, query, sent)).map(({ id }) => id)
