import type { Page } from '../page.ts'
import { listPage } from './list-page.ts'
import { webhookActions } from './webhook-actions.ts'

/** What is wrong, what was, and who hears of it: a part of the overview. */
export const alertsPages: Page[] = [listPage, ...webhookActions]
