/**
 * Where nothing is found in the part of a log that was searched, the search goes on by itself: until something is found, the log ends, or the
 * reader stops it. Where there is no answer, the link is there to go on with.
 */
export async function searchOn(): Promise<void> {
  for (let goingOn = true; goingOn; ) {
    const place = document.querySelector<HTMLElement>('[data-search-on]')
    const link = place?.querySelector('a')
    const button = place?.querySelector('button')
    if (!link || !button) return
    const stop = new AbortController()
    button.addEventListener('click', () => stop.abort())
    show(button, link)
    goingOn = await take(link.href, stop.signal)
    if (!goingOn) show(link, button)
  }
}

function show(shown: HTMLElement, other: HTMLElement): void {
  const isAt = document.activeElement === other
  shown.hidden = false
  other.hidden = true
  if (isAt) shown.focus()
}

/** Shows what was found further on in place of what is shown. False where that cannot be had. */
async function take(url: string, signal: AbortSignal): Promise<boolean> {
  const answer = await fetch(url, { signal, headers: { accept: 'text/html' } }).catch(() => null)
  if (answer === null || !answer.ok || answer.redirected) return false
  const text = await answer.text().catch(() => '')
  const found = new DOMParser().parseFromString(text, 'text/html').querySelector('#found-lines')
  const shown = document.querySelector('#found-lines')
  if (found === null || shown === null || signal.aborted) return false
  const wasAtButton = shown.contains(document.activeElement)
  shown.replaceWith(found)
  if (wasAtButton) found.querySelector('a')?.focus()
  history.replaceState(null, '', url)
  return true
}
