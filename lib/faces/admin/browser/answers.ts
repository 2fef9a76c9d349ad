const AGAIN_MS = 5_000
const MOST_MS = 60_000

/** How long to wait before the next try, after so many in a row that were not answered. */
export const backOffMs = (failures: number): number =>
  Math.min(MOST_MS, AGAIN_MS * 2 ** Math.max(0, failures - 1))

/** Whether what was asked for is no longer there, or no longer for who reads it: to ask again changes nothing. */
export const isGone = ({ status, redirected }: Response): boolean =>
  redirected || (status >= 400 && status < 500 && status !== 408 && status !== 429)

/** Loads the page anew, so that its reader sees what became of it; false: it has been already, and `hasWorked` no better since. */
export function loadAnew(hasWorked: boolean): boolean {
  if (history.state === LOADED && !hasWorked) return false
  // What is noted there outlives that.
  history.replaceState(LOADED, '')
  location.reload()
  return true
}

const LOADED = 'loaded anew'
