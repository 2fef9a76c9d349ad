import { backOffMs, isGone } from './answers.ts'
import { takePlace } from './stream-place.ts'

const FAILURES = 3
const PATIENCE_MS = 30_000

/** What is heard of a page. */
export interface Heard {
  /** As it stands now. */
  page(html: string): void
  /** It was so a moment ago. */
  untilNow(): void
  /** There was no answer. */
  away(): void
  /** There is one again, where there was none. */
  back(): void
  /** It stays as it is. */
  still(): void
  /** It is no longer there, or no longer for who reads it. */
  gone(): void
}

/** Hears of a page by a stream, and where that cannot be had, or others have enough of them, by asking every few seconds. Gives back what ends it. */
export function listen(live: string, heard: Heard): () => void {
  let isEnded = false
  let end = () => {}
  void takePlace().then((leave) => {
    if (isEnded) leave?.()
    else end = leave === null ? askNowAndThen(live, heard) : stream(live, heard, leave)
  })
  return () => {
    isEnded = true
    end()
  }
}

function stream(live: string, heard: Heard, leave: () => void): () => void {
  const source = new EventSource(live)
  let failures = 0
  let isOpen = false
  let endAsking: (() => void) | undefined
  const lose = () => {
    if (isOpen) heard.untilNow()
    isOpen = false
  }
  source.addEventListener('open', () => {
    isOpen = true
  })
  source.addEventListener('page', ({ data }) => {
    failures = 0
    heard.page(data)
  })
  source.addEventListener('title', ({ data }) => {
    document.title = `${data} · Runledger`
  })
  source.addEventListener('still', () => heard.still())
  source.addEventListener('over', () => heard.gone())
  source.addEventListener('error', () => {
    lose()
    failures += 1
    if (source.readyState !== EventSource.CLOSED && failures < FAILURES) return
    source.close()
    leave()
    endAsking ??= askNowAndThen(live, heard)
  })
  return () => {
    lose()
    source.close()
    leave()
    endAsking?.()
  }
}

function askNowAndThen(live: string, heard: Heard): () => void {
  let isEnded = false
  let failures = 0
  const turn = async () => {
    const main = await ask(live)
    if (isEnded) return
    if (main === 'gone') return heard.gone()
    if (main === 'away') {
      failures += 1
      heard.away()
    } else {
      heard.page(main.innerHTML)
      if (main.dataset.live === undefined) return heard.still()
      if (failures > 0) return heard.back()
    }
    timer = setTimeout(turn, backOffMs(failures))
  }
  let timer = setTimeout(turn, backOffMs(failures))
  return () => {
    isEnded = true
    clearTimeout(timer)
  }
}

/** The page that is looked at, asked for by itself. */
async function ask(live: string): Promise<HTMLElement | 'gone' | 'away'> {
  const page = new URL(live, location.href).searchParams.get('page') ?? location.href
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const answer = await fetch(page, { headers: { accept: 'text/html', 'x-live': '1' }, signal })
    if (isGone(answer)) return 'gone'
    if (!answer.ok) return 'away'
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html')
    document.title = found.title
    return found.querySelector('main') ?? 'away'
  } catch {
    return 'away'
  }
}
