import { html } from 'hono/html'
import type { LogLine } from '../../../../run/stored-lines.ts'
import { clock } from '../../parts/times.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { styledLines } from './styled-lines.ts'

/** Lines of a log, each with its time, which is a link to it. */
export function lineRows(
  reader: Reader,
  { runId, lines, marked }: { runId: string; lines: LogLine[]; marked?: number | undefined },
) {
  const texts = styledLines(lines.map(({ text }) => text.toString()))
  return html`${lines.map(({ position, at, cut }, n) => {
    const look = position === marked ? 'line marked' : 'line'
    const link = `${paths.runLog(runId, { at: position })}#l${position}`
    return html`<div class="${look}" id="l${position}"><a class="at" href="${link}">${whenOf(reader, at)}</a><span class="text">${texts[n] ?? ''}${cut ? html`<span class="dim">…</span>` : ''}</span></div>`
  })}`
}

function whenOf(reader: Reader, at: string | null) {
  if (at === null) return html`<span class="unseen">This line</span>`
  return html`<time datetime="${at}">${clock(reader, at)}</time>`
}
