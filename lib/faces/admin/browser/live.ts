import { Idiomorph } from 'idiomorph'

const POLL_MS = 5_000
const FAILURES = 3

/**
 * Keeps the page as it stands on the server: by a stream, and where that cannot be had, by asking every few seconds. What somebody is
 * at stays as it is: open details, typed text, and everything within `data-keep`. Nothing is asked for while nobody looks.
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
  const start = () => {
    stop()
    stop = document.hidden ? () => {} : listen(url, take)
  }
  document.addEventListener('visibilitychange', start)
  start()
}

/** Gives back what ends it. */
function listen(url: string, take: (html: string) => void): () => void {
  const source = new EventSource(url)
  let failures = 0
  let poll: ReturnType<typeof setInterval> | undefined
  const end = () => {
    source.close()
    clearInterval(poll)
  }
  source.addEventListener('page', ({ data }) => {
    failures = 0
    take(data)
  })
  source.addEventListener('title', ({ data }) => {
    document.title = `${data} · Runledger`
  })
  source.addEventListener('still', end)
  source.addEventListener('over', () => location.reload())
  source.addEventListener('error', () => {
    failures += 1
    if (source.readyState !== EventSource.CLOSED && failures < FAILURES) return
    source.close()
    poll ??= setInterval(() => void ask(url).then((html) => html !== null && take(html)), POLL_MS)
  })
  return end
}

/** The page that is looked at, asked for by itself; null where there is no answer now. */
async function ask(live: string): Promise<string | null> {
  const page = new URL(live, location.href).searchParams.get('page') ?? location.href
  const answer = await fetch(page, { headers: { accept: 'text/html' } }).catch(() => null)
  if (answer === null || !answer.ok) return null
  if (answer.redirected) location.reload()
  const found = new DOMParser().parseFromString(await answer.text(), 'text/html')
  document.title = found.title
  return found.querySelector('main')?.innerHTML ?? null
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
