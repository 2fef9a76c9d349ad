import { progressBar } from './progress-bar.ts'
import { spokenBytes } from './spoken-time.ts'
import type { StatusLine } from './status-line.ts'

/** Shows how much of something has been sent: `▕██████▎   ▏ 42 %  the log  42 of 100 MB`. */
export function sendingBar(
  status: StatusLine,
  what: string,
  { sentBytes, bytes }: { sentBytes: number; bytes: number },
): void {
  const width = status.width()
  if (width === undefined) return
  const percent = bytes === 0 ? 100 : Math.floor((sentBytes / bytes) * 100)
  const amount = `${spokenBytes(sentBytes)} of ${spokenBytes(bytes)}`
  status.draw(progressBar(percent, [what, amount], { width, paint: status.paint }))
}
