import { styleText } from 'node:util'

/** A line on stderr that changes: long work shows there how far it is, and stdout is somebody else's. */
export interface StatusLine {
  /** Shows a line, or (null) takes it away. Nothing where stderr is not a screen. */
  draw(line: string | null): void
  /** Cells in a line; undefined where stderr is not a screen. */
  width(): number | undefined
  paint(look: Parameters<typeof styleText>[0], text: string): string
}

const DEFAULT_WIDTH = 80

/** Touches no stream before it is used. */
export function openStatusLine(host: NodeJS.Process): StatusLine {
  let isDrawn = false
  return {
    draw(line) {
      if (!host.stderr.isTTY || (line === null && !isDrawn)) return
      host.stderr.write(`\r\x1b[2K${line ?? ''}`)
      isDrawn = line !== null
    },
    width: () => (host.stderr.isTTY ? host.stderr.columns || DEFAULT_WIDTH : undefined),
    paint: (look, text) => styleText(look, text, { stream: host.stderr }),
  }
}
