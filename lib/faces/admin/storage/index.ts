import type { Page } from '../page.ts'
import { backupsPages } from './backups-page.ts'
import { deletedPages } from './deleted-page.ts'
import { holdsPages } from './holds-page.ts'
import { orphansPages } from './orphans-page.ts'
import { policiesPages } from './policies-page.ts'
import { overviewOfStorage } from './storage-page.ts'
import { sweepPages } from './sweep-page.ts'
import { sweepsPages } from './sweeps-page.ts'

/** What is kept, for how long, and what sees to it. */
export const storagePages: Page[] = [
  ...overviewOfStorage,
  ...sweepsPages,
  ...sweepPages,
  ...policiesPages,
  ...holdsPages,
  ...deletedPages,
  ...orphansPages,
  ...backupsPages,
]
