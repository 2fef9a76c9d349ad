import { fromOutputKey } from './output-path.ts'

/** The row that an object's key speaks of, as far as it does. */
export interface ObjectOwner {
  runId: string | null
  /** Of an output. */
  path: string | null
  fence: number | null
}

const RUN = '([0-7][0-9A-HJKMNP-TV-Z]{25})'
/** Chunks of a log; whole logs; files in folders that were made before they had names; archives, below whatever. */
const KEYS = [
  new RegExp(`^logs/${RUN}/`),
  new RegExp(`^logs/\\d+-\\d+-${RUN}[.~]`),
  new RegExp(`^jobs/(?:[^/]*_)?${RUN}/`),
  new RegExp(`/\\d{4}/\\d{2}/\\d{8}_\\d{6}_${RUN}[.~][^/]*$`),
]

/** Whose an object is, by its key. A key that nobody's would have is nobody's. Storage page, keys. */
export function ownerOfKey(key: string): ObjectOwner {
  const output = fromOutputKey(key)
  if (output !== null) return output
  const runId = KEYS.map((pattern) => pattern.exec(key)?.[1]).find((id) => id !== undefined) ?? null
  return { runId, path: null, fence: null }
}
