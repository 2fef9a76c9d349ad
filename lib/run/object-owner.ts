import { fromOutputKey } from './output-path.ts'

const RUN = '([0-7][0-9A-HJKMNP-TV-Z]{25})'
/** Chunks of a log; whole logs; files in folders that were made before they had names; archives, below whatever. */
const KEYS = [
  new RegExp(`^logs/${RUN}/`),
  new RegExp(`^logs/\\d+-\\d+-${RUN}[.~]`),
  new RegExp(`^jobs/(?:[^/]*_)?${RUN}/`),
  new RegExp(`/\\d{4}/\\d{2}/\\d{8}_\\d{6}_${RUN}[.~][^/]*$`),
]

/** The id of the run that an object would be of, by its key. A key that no run's would have is nobody's: null. Storage page, keys. */
export function ownerOfKey(key: string): string | null {
  const ids = [fromOutputKey(key)?.runId, ...KEYS.map((pattern) => pattern.exec(key)?.[1])]
  return ids.find((id) => id !== undefined) ?? null
}
