import { html } from 'hono/html'
import type { OutputPage } from '../../../ledger/outputs/list-outputs.ts'
import type { Run } from '../../../run/run.ts'
import { isFinal } from '../../../run/transitions.ts'
import { empty, table } from '../parts/blocks.ts'
import { time } from '../parts/times.ts'
import { bytes, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** The files that a run has produced, or why they are not shown. */
export function outputsView(reader: Reader, run: Run, files: OutputPage | string) {
  if (typeof files === 'string') return html`<p class="problem">${files}</p>`
  const { data, nextCursor } = files
  const { id, state } = run
  if (data.length === 0)
    return empty(
      isFinal(state) ? 'It has left no files' : 'No files yet',
      html`<code>runledger exec --output ./out …</code> keeps the files of a folder with their run.`,
    )
  return html`${table({
    caption: 'Files of the run',
    columns: ['File', { name: 'Size', right: true }, 'SHA-256', 'Type', 'Stored'],
    rows: data.map(({ path, bytes: size, sha256, contentType, createdAt }) => [
      isThere(run) ? html`<a href="${paths.runOutput(id, path)}" download>${path}</a>` : path,
      bytes(size),
      sha256 === null
        ? html`<span class="dim">–</span>`
        : html`<code class="hash" title="${sha256}">${sha256}</code>`,
      contentType,
      time(reader, createdAt),
    ]),
  })}
  ${nextCursor === null ? '' : html`<p class="pager"><a href="${paths.run(id, { files: nextCursor })}#files" rel="next">More files</a></p>`}`
}

/** How many there are, and all of them at once. */
export function outputsAside(run: Run, files: OutputPage | string) {
  const { id, outputCount, outputBytes } = run
  if (outputCount === 0) return ''
  const what = `${counted(outputCount, 'file')}, ${bytes(outputBytes)}`
  return html`<span class="aside"><span class="dim">${what}</span>${isThere(run) && typeof files !== 'string' ? html` <a href="${paths.runOutputs(id)}" download>All as a tar</a>` : ''}</span>`
}

const isThere = ({ storageState }: Run) => storageState !== 'deleting' && storageState !== 'deleted'
