import { expect } from 'vitest'
import type { z } from 'zod'
import type { Job, JobRow } from '../../../lib/faces/scraper/shapes.ts'
import type { Sent, TestApp } from '../../support/open-app.ts'

export type JobOf = z.infer<typeof Job>
export type JobRowOf = z.infer<typeof JobRow>

export interface JobPage {
  success: true
  data: JobRowOf[]
  total?: number
  limit: number
  offset: number
  has_more: boolean
}

const BELOW = '/api/scraper/jobs'

/** The whole answer to a request that is granted. */
export async function answered<T>(app: TestApp, method: string, path: string, sent: Sent = {}): Promise<T> {
  const { status, json, text } = await app.request<T & { success: boolean }>(method, `${BELOW}${path}`, sent)
  expect({ status, success: json.success }, text).toEqual({
    status: method === 'POST' && path === '' ? 201 : 200,
    success: true,
  })
  return json
}

/** What the face gives for it. */
export const given = async <T>(app: TestApp, method: string, path: string, sent: Sent = {}) =>
  (await answered<{ data: T }>(app, method, path, sent)).data

/** What it says to one that it refuses. */
export async function refused(app: TestApp, method: string, path: string, sent: Sent = {}) {
  const { status, json, text } = await app.request<{ detail: string }>(method, `${BELOW}${path}`, sent)
  expect(status, text).toBeGreaterThanOrEqual(400)
  return { status, detail: json.detail }
}

export const makeJob = (app: TestApp, fields: object = {}, sent: Sent = {}) =>
  given<JobOf>(app, 'POST', '', { ...sent, body: { name: 'Weekly crawl', config: { depth: 2 }, ...fields } })

export const getJob = (app: TestApp, id: string) => given<JobOf>(app, 'GET', `/${id}`)

export const jobsOf = (app: TestApp, query: string, sent: Sent = {}) =>
  answered<JobPage>(app, 'GET', `?${query}`, sent)
