import type { Page } from '../page.ts'
import { actionPages } from './actions/index.ts'
import { filePages } from './files.ts'
import { logPage } from './log/log-page.ts'
import { logFilePage, logLinesPage } from './log/log-parts.ts'
import { runPage, showRun } from './run-page.ts'

/** One run: what is known of it, what it printed and left, and what can be done about it. */
export const runPages: Page[] = [
  runPage,
  logPage,
  logLinesPage,
  logFilePage,
  ...filePages,
  ...actionPages(showRun),
]
