import { html } from 'hono/html'
import { runStats } from '../../../ledger/runs/run-stats.ts'
import type { Page } from '../page.ts'
import { figure, figures } from '../parts/blocks.ts'
import { count, duration, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'

const REFRESH_SECONDS = 5

export const overviewPages: Page[] = [
  {
    method: 'get',
    path: paths.home,
    scope: 'runs:read',
    async handler({ ctx }) {
      const { byState, successRate, p95DurationMs } = await runStats(ctx)
      return {
        title: 'Overview',
        section: 'overview',
        refresh: REFRESH_SECONDS,
        body: html`<h1>Overview</h1>
          ${figures([
            figure('Running', count(byState.running)),
            figure('Queued', count(byState.queued)),
            figure('Failed', count(byState.failed), 'in the last 24 hours'),
            figure('Success rate', percent(successRate), 'in the last 24 hours'),
            figure('95 % end within', p95DurationMs === null ? '–' : duration(p95DurationMs)),
          ])}`,
      }
    },
  },
]
