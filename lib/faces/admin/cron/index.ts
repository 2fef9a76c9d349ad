import type { Page } from '../page.ts'
import { editPages } from './edit-pages.ts'
import { executionPage } from './execution-page.ts'
import { jobActions } from './job-actions.ts'
import { jobPage } from './job-page.ts'
import { listActions } from './list-actions.ts'
import { listPage } from './list-page.ts'
import { settingsPages } from './settings-page.ts'

/** Cron jobs, for admins. What has a path of its own stands before a job's. */
export const cronPages: Page[] = [
  listPage,
  ...listActions,
  ...settingsPages,
  ...editPages,
  jobPage,
  executionPage,
  ...jobActions,
]
