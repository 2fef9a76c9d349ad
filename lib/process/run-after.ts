/** Calls back once after any number of milliseconds (`setTimeout` alone fires at once beyond 24.8 days). */
export function runAfter(ms: number, callback: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    const step = Math.min(left, longestTimerMs)
    timer = setTimeout(() => (left > step ? wait(left - step) : callback()), step)
  }
  wait(ms)
  return { cancel: () => clearTimeout(timer) }
}

export const longestTimerMs = 2 ** 31 - 1
