import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { overviewPage } from './overview-page.ts'

export const overviewPages: Page[] = [
  { method: 'get', path: paths.home, scope: 'runs:read', handler: overviewPage, isLive: true },
]
