import type { Page } from '../page.ts'
import { keyActions } from './key-actions.ts'
import { listPage } from './list-page.ts'

/** Who may use the ledger, and for what. */
export const keysPages: Page[] = [listPage, ...keyActions]
