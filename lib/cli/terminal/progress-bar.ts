import { fitText } from './fit-text.ts'
import { plainLine } from './plain-text.ts'
import type { Paint } from './terminal.ts'

const CELLS = 24
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** `▕██████▎      ▏ 42 %  loading users  12 s`, in at most `width` cells. */
export function progressBar(
  percent: number,
  words: string[],
  { width, paint }: { width: number; paint: Paint },
): string {
  const cells = Math.max(4, Math.min(CELLS, width - 30))
  const eighths = Math.round((percent / 100) * cells * 8)
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
  const bar = full + ' '.repeat(Math.max(0, cells - full.length))
  const rest = [`${String(percent).padStart(3)} %`, ...words.map(plainLine).filter(Boolean)].join('  ')
  return `▕${paint('cyan', bar)}▏${fitText(rest, width - cells - 2)}`
}
