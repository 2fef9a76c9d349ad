import type { StorageOptions } from '../ledger/archives/storage-work.ts'

/** What a request that archives or restores waits for at most; the rest is done after it. */
export const REQUEST_STORAGE: StorageOptions = { budgetMs: 10_000, gzipOnly: true }
