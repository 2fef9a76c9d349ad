import { backOffMs, isGone, loadAnew } from './answers.ts'
import { LogBox, type LogPart } from './log-box.ts'
import { rememberLook } from './log-look.ts'

const TAIL_MS = 1_000
const known = new WeakSet<Element>()

/** Each log of the page grows by what is printed, and by what the reader asks for. */
export function openLogs(): void {
  for (const box of document.querySelectorAll<HTMLElement>('[data-log]')) {
    const lines = box.querySelector<HTMLElement>('[data-lines]')
    if (known.has(box) || lines === null) continue
    known.add(box)
    rememberLook(box)
    void open(new LogBox(box, lines))
  }
}

async function open(log: LogBox): Promise<void> {
  const marked = log.lines.querySelector('.marked')
  if (marked !== null) marked.scrollIntoView({ block: 'center' })
  else if (log.isAtEnd) log.toEnd()
  more(log, '[data-earlier] a', async () => log.prepend(await read(log, { before: log.from })))
  more(log, '[data-later] a', async () => log.append(await read(log, { from: log.to })))
  if (log.box.dataset.wanted !== undefined && !(await fetchEnd(log))) return
  log.offerFollowing()
  await tail(log)
}

/** The end of a log that the page came without; false: there is none for who reads. */
async function fetchEnd(log: LogBox): Promise<boolean> {
  for (let failures = 0; log.box.isConnected; ) {
    try {
      log.replace(await read(log, {}))
      return true
    } catch (error) {
      if (error instanceof Gone) return false
      failures += 1
      await new Promise((resolve) => setTimeout(resolve, backOffMs(failures)))
    }
  }
  return false
}

/** Here instead of on a page of its own; where that cannot be had, the link leads there. */
function more(log: LogBox, selector: string, get: () => Promise<void>): void {
  const link = log.box.querySelector<HTMLAnchorElement>(selector)
  link?.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (link.ariaBusy === 'true') return
    link.ariaBusy = 'true'
    get()
      .catch(() => location.assign(link.href))
      .finally(() => {
        link.ariaBusy = 'false'
      })
  })
}

/** Until the run has ended and all of its log is there, or is gone. Nothing is asked for while nobody looks, or reads in the middle of it. */
async function tail(log: LogBox): Promise<void> {
  let failures = 0
  let hasWorked = false
  while (log.box.isConnected && !(log.isOver && log.isAtEnd)) {
    const wait = failures === 0 ? TAIL_MS : backOffMs(failures)
    await new Promise((resolve) => setTimeout(resolve, wait))
    if (document.hidden || !(log.isAtEnd || log.box.dataset.tailing !== undefined)) continue
    log.box.dataset.tailing = ''
    try {
      log.append(await read(log, { from: log.to }))
      log.followEnd()
      hasWorked = true
      failures = 0
    } catch (error) {
      // The page itself says what became of it, or who may read it.
      if (error instanceof Gone) return void loadAnew(hasWorked)
      failures += 1
    }
  }
}

/** There is none, or not for who reads: to ask again changes nothing. */
class Gone extends Error {}

async function read({ box }: LogBox, query: Record<string, number>): Promise<LogPart> {
  const url = new URL(box.dataset.log ?? '', location.href)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  const answer = await fetch(url, { headers: { 'x-live': '1' } })
  if (isGone(answer)) throw new Gone('there is no such log for this reader')
  if (!answer.ok) throw new Error('there is no answer now')
  const template = document.createElement('template')
  template.innerHTML = await answer.text()
  const number = (name: string) => Number(answer.headers.get(name))
  return {
    from: number('log-from'),
    to: number('log-to'),
    total: number('log-total'),
    isOver: answer.headers.has('log-over'),
    lines: template.content,
  }
}
