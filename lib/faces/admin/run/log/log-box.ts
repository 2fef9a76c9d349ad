import { html } from 'hono/html'
import type { Run } from '../../../../run/run.ts'
import { isFinal } from '../../../../run/transitions.ts'
import type { Html } from '../../page.ts'
import { bytes } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { lineRows } from './line-rows.ts'
import { type LogWindow, WINDOW_BYTES } from './read-window.ts'

/** A part of a log; a page that has none shows where it is to be had, and the browser gets it. */
export interface LogBox {
  run: Run
  window: LogWindow | null
  /** The position of the line that is pointed out. */
  marked?: number | undefined
  isTall?: boolean
}

/**
 * The lines of a log with what leads to those before and after. The browser adds them here, and what comes while the run goes on;
 * without a script each link leads to a page of its own. What is live about the page leaves it alone.
 */
export function logBox(reader: Reader, { run, window, marked, isTall = false }: LogBox) {
  const { id } = run
  const { from = 0, to = 0, total = run.logBytes } = window ?? {}
  const isOver = isFinal(run.state)
  return html`<div class="logbox" id="log" data-keep data-log="${paths.runLogLines(id)}"
    data-from="${from}" data-to="${to}" data-total="${total}" ${isOver ? html`data-over` : ''} ${window === null ? html`data-wanted` : ''}>
    ${tools()}
    <p class="log-edge" data-earlier ${from > 0 ? '' : html`hidden`}>
      <a href="${paths.runLog(id, { before: from })}">Earlier lines</a>
      <span class="dim" data-shown>${shownOf(from, to, total)}</span>
    </p>
    <a class="log-skip" href="#log-after">Skip the lines</a>
    <div class="${isTall ? 'log tall' : 'log'}" tabindex="0" role="group" aria-label="Lines of the log" data-lines>${
      window === null ? wanted(run) : lineRows(reader, { runId: id, lines: window.lines, marked })
    }</div>
    <span id="log-after" tabindex="-1"></span>
    <p class="log-edge" data-later ${to < total && window !== null ? '' : html`hidden`}>
      <a href="${paths.runLog(id, { from: to })}">Later lines</a>
      <a href="${paths.runLog(id)}">To the end</a>
    </p>
    ${window !== null && total === 0 ? nothingPrinted(isOver) : ''}
  </div>`
}

const tools = () => html`<div class="log-tools">
  <label data-log-follow hidden><input type="checkbox" checked /> Follow</label>
  <label><input type="checkbox" data-log-wrap /> Wrap</label>
  <label><input type="checkbox" data-log-times checked /> Times</label>
</div>`

function shownOf(from: number, to: number, total: number): Html {
  const what = to >= total ? `the last ${bytes(total - from)}` : bytes(to - from)
  return html`${what} of ${bytes(total)}`
}

const wanted = ({ id, logBytes }: Run) =>
  html`<p data-wait>The log has ${bytes(logBytes)}, and takes a moment to be opened. <a href="${paths.runLog(id)}">Show its last ${bytes(WINDOW_BYTES)}</a></p>`

const nothingPrinted = (isOver: boolean) =>
  html`<p class="dim" data-nothing>${isOver ? 'It has printed nothing.' : 'It has printed nothing yet; what comes is shown here.'}</p>`
