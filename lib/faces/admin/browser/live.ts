import { Idiomorph } from 'idiomorph'
import { loadAnew } from './answers.ts'
import { behindLine } from './behind.ts'
import { type Heard, listen } from './listen.ts'

/**
 * Keeps the page as it stands on the server, and says so where it cannot. What somebody is at stays as it is: open details, typed text,
 * and everything within `data-keep`. Nothing is asked for while nobody looks, nor once the page stays as it is, or is gone.
 */
export function followPage(changed: () => void): void {
  const main = document.querySelector<HTMLElement>('main[data-live]')
  if (main === null) return
  const url = main.dataset.live ?? ''
  const line = behindLine()
  let stop = () => {}
  let isOver = false
  let hasWorked = false
  let asOf = Date.now()
  const heard: Heard = {
    page(html) {
      hasWorked = true
      asOf = Date.now()
      line.clear()
      morph(main, html)
      changed()
    },
    untilNow() {
      asOf = Date.now()
    },
    away: () => line.show(asOf, 'The ledger does not answer; it is asked again by itself.'),
    back: () => start(),
    still: () => end(),
    gone() {
      end()
      if (!loadAnew(hasWorked)) line.show(asOf, 'Load the page again to see why.')
    },
  }
  const start = () => {
    stop()
    stop = document.hidden || isOver ? () => {} : listen(url, heard)
  }
  const end = () => {
    isOver = true
    stop()
  }
  document.addEventListener('visibilitychange', start)
  // The network is back: no need to wait for the next try.
  addEventListener('online', start)
  start()
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
