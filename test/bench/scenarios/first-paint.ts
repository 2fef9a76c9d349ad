import type { Browser } from 'playwright-core'
import { launchChromium } from '../../dashboard/launch-chromium.ts'
import { signIn } from '../../dashboard/sign-in.ts'
import type { Sizes } from '../bench.ts'
import { median } from '../measure.ts'
import type { Row } from '../row.ts'
import { type BenchServer, withServer } from '../with-server.ts'

const MOST_MS = 1_000
const PATIENCE_MS = 30_000
/** When the first text was painted, in milliseconds since the page was asked for. */
const PAINTED = `new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('nothing was painted')), ${PATIENCE_MS})
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') resolve(startTime)
  }).observe({ type: 'paint', buffered: true })
})`

export interface FirstPaints {
  databaseUrl: string
  paths: string[]
  sizes: Sizes
  say(line: string): void
}

/**
 * From the click to the first text that Chromium paints, by a server process on a socket; each time with nothing in its cache. Empty where
 * there is no Chromium.
 */
export async function firstPaints({ databaseUrl, paths, sizes, say }: FirstPaints): Promise<Row[]> {
  const browser = await launchChromium().catch((error: Error) => say(`pages: no paint, as ${error.message}`))
  if (!browser) return []
  try {
    return await withServer(databaseUrl, (server) => measure(browser, server, { paths, times: sizes.rounds }))
  } finally {
    await browser.close()
  }
}

async function measure(
  browser: Browser,
  { url, key }: BenchServer,
  { paths, times }: { paths: string[]; times: number },
): Promise<Row[]> {
  const page = await browser.newPage({ baseURL: url })
  await page.goto('/admin/sign-in')
  await signIn(page, key)
  const devtools = await page.context().newCDPSession(page)
  const rows: Row[] = []
  for (const path of paths) {
    const paints: number[] = []
    for (let time = 0; time < times; time++) {
      await devtools.send('Network.clearBrowserCache')
      await page.goto(path)
      paints.push(await page.evaluate<number>(PAINTED))
    }
    rows.push({
      what: path.replace(/[0-9A-Z]{26}/, '{id}'),
      unit: 'ms',
      figures: { 'the slowest': Math.max(...paints) },
      verdicts: [{ of: 'median', value: median(paints), target: { at: 'most', value: MOST_MS } }],
    })
  }
  return rows
}
