import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { bulkAction } from './bulk/bulk-action.ts'
import { previewPage } from './bulk/preview-page.ts'
import { listPage } from './list-page.ts'

/** Before the page of one run, whose address any word would be. */
export const runsPages: Page[] = [
  { method: 'get', path: paths.runs(), scope: 'runs:read', handler: listPage, isLive: true },
  { method: 'get', path: paths.runsBulk(), scope: 'runs:write', handler: previewPage },
  { method: 'post', path: paths.runsBulk(), scope: 'runs:write', handler: bulkAction },
]
