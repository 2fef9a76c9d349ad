import type { Page } from '../page.ts'
import { exportPage } from './export-page.ts'
import { listPage } from './list-page.ts'
import { verifyPage } from './verify-page.ts'

/** What was done to whose data, by whom and why, and whether that is told as it was. */
export const auditPages: Page[] = [listPage, verifyPage, exportPage]
