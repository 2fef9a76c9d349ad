/** A browser without HTTP/2 has six connections to a host, for all its windows: so many of them may be taken by streams. */
const PLACES = 3

/** Takes a place for a stream, and gives what leaves it; null: other pages have all of them. */
export async function takePlace(): Promise<(() => void) | null> {
  // Not there on plain http of another host.
  if (navigator.locks === undefined) return () => {}
  for (let n = 1; n <= PLACES; n++) {
    const leave = await takeLock(`runledger-stream-${n}`)
    if (leave !== null) return leave
  }
  return null
}

const takeLock = (name: string): Promise<(() => void) | null> =>
  new Promise((resolve) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null)
      return new Promise<void>((leave) => resolve(leave))
    })
    // Of a page that is about to go.
    held.catch(() => resolve(null))
  })
