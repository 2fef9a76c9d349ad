import { Idiomorph } from 'idiomorph'

const POLL_MS = 5_000
const FAILURES = 3

/**
 * Keeps the page as it stands on the server: by a stream, and where that cannot be had, by asking every few seconds. What somebody is
 * at stays as it is: open details, typed text, and everything within `data-keep`. Nothing is asked for while nobody looks, nor once the
 * page stays as it is.
 */
export function followPage(changed: () => void): void {
  const main = document.querySelector<HTMLElement>('main[data-live]')
  if (main === null) return
  const url = main.dataset.live ?? ''
  const take = (html: string) => {
    morph(main, html)
    changed()
  }
  let stop = () => {}
  let isStill = false
  const end = () => {
    isStill = true
    stop()
  }
  const start = () => {
    stop()
    stop = document.hidden || isStill ? () => {} : listen(url, take, end)
  }
  document.addEventListener('visibilitychange', start)
  start()
}

/** Gives back what ends it. `still` is called where there is nothing more to come. */
function listen(url: string, take: (html: string) => void, still: () => void): () => void {
  const source = new EventSource(url)
  let failures = 0
  let poll: ReturnType<typeof setInterval> | undefined
  const end = () => {
    source.close()
    clearInterval(poll)
    poll = undefined
  }
  source.addEventListener('page', ({ data }) => {
    failures = 0
    take(data)
  })
  source.addEventListener('title', ({ data }) => {
    document.title = `${data} · Runledger`
  })
  source.addEventListener('still', still)
  source.addEventListener('over', () => location.reload())
  source.addEventListener('error', () => {
    failures += 1
    if (source.readyState !== EventSource.CLOSED && failures < FAILURES) return
    source.close()
    poll ??= setInterval(async () => {
      const main = await ask(url)
      if (main === null || poll === undefined) return
      take(main.innerHTML)
      if (main.dataset.live === undefined) still()
    }, POLL_MS)
  })
  return end
}

/** The page that is looked at, asked for by itself; null where there is no answer now. */
async function ask(live: string): Promise<HTMLElement | null> {
  const page = new URL(live, location.href).searchParams.get('page') ?? location.href
  const answer = await fetch(page, { headers: { accept: 'text/html', 'x-live': '1' } }).catch(() => null)
  if (answer?.redirected) location.reload()
  if (answer === null || !answer.ok || answer.redirected) return null
  const found = new DOMParser().parseFromString(await answer.text(), 'text/html')
  document.title = found.title
  return found.querySelector('main')
}

function morph(main: HTMLElement, html: string): void {
  Idiomorph.morph(main, html, {
    morphStyle: 'innerHTML',
    ignoreActiveValue: true,
    callbacks: { beforeNodeMorphed, beforeAttributeUpdated },
  })
}

function beforeNodeMorphed(old: Node): boolean {
  return !(old instanceof HTMLElement && (old.dataset.keep !== undefined || isAsked(old)))
}

/** Somebody fills it in. */
const isAsked = (one: HTMLElement) => one.matches('details.asked[open]')

/** What the reader has opened stays open, and what was ticked stays ticked. */
const beforeAttributeUpdated = (name: string): boolean => !['open', 'checked', 'hidden'].includes(name)
