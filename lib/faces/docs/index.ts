import { Hono } from 'hono'
import type { Route } from '../../http/route.ts'
import { docsPage } from './docs-page.ts'
import type { OpenApiDocument } from './open-api-document.ts'

export const API_INFO = {
  title: 'Runledger',
  version: '1.0.0',
  description:
    'One ledger for every run of every script, job and scraper. JSON in and out; times are ISO-8601 in UTC, sizes are bytes. ' +
    'Errors are problems (RFC 9457) and every answer carries an `X-Request-Id`.',
  tags: {
    Runs: 'What people and services do with runs: put them in, read them, stop and retry them.',
    Work: 'What workers do with runs: start or claim them, keep them alive, end them.',
    Logs: 'What runs print: written in chunks by whoever holds the run, read by people, live and after.',
    Outputs:
      'The files that runs produce: uploaded by whoever holds the run, listed and downloaded by people.',
    Scripts: 'The kinds of runs that are known, and what people set for them.',
    Sweeps: 'Passes of maintenance, and what came of them; for admins.',
    Retention:
      'What is kept for how long, archived, held and deleted: the policies, what they come to, and what is done by hand.',
    Storage: 'What the store holds, by state, kind and project, and how that has changed; for admins.',
    Audit: 'Who did what to runs and policies, and why, for ever; for admins.',
    Backups: 'Copies of the ledger’s whole database in the object store; for admins.',
    Cron: 'Jobs by schedule, and what came of each time that they were due; for admins.',
    Alerts: 'What is wrong, since when, and who was told of it; for admins.',
    Webhooks: 'Who outside is told of events; for admins.',
    Keys: 'The keys of the API; for admins.',
    Metrics: 'How the ledger stands, for a system that watches it; for admins.',
  },
}

/** The API's own description: as OpenAPI for programs, as a page for people. Made at the first request. */
export function docsFace(routes: Route[]): Hono {
  let made: Promise<OpenApiDocument> | undefined
  const document = () => {
    made ??= import('../../http/openapi.ts').then(
      ({ toOpenApi }) => toOpenApi(routes, API_INFO) as unknown as OpenApiDocument,
    )
    return made
  }
  return new Hono()
    .get('/v1/openapi.json', async (c) => c.json(await document()))
    .get('/docs', async (c) => c.html(docsPage(await document())))
}
