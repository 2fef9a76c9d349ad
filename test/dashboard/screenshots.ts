import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { makeHome, ROOT, startCli, until } from '../support/cli.ts'
import { launchChromium } from './launch-chromium.ts'
import { signIn } from './sign-in.ts'

const FOLDER = join(ROOT, '.github/pictures')
const READY = /The demo is ready: (\S+)\/admin\s+sign in with the key (\S+)/
const PATIENCE_MS = 600_000

/** Pages by the name of their picture; where it is a link of the page before, it is followed. */
const PICTURES: { name: string; theme?: 'light' | 'dark'; go: (page: Page) => Promise<unknown> }[] = [
  { name: 'overview', go: (page) => page.goto('/admin') },
  { name: 'overview-dark', theme: 'dark', go: (page) => page.goto('/admin') },
  { name: 'runs', go: (page) => page.goto('/admin/runs?state=failed') },
  {
    name: 'run',
    async go(page) {
      await page.goto('/admin/runs?state=running&kind=scrape.prices')
      await page.locator('main table a[href^="/admin/runs/"]').first().click()
      // Some lines of the log.
      await page.waitForTimeout(5_000)
    },
  },
  { name: 'cron', go: (page) => page.goto('/admin/cron') },
  { name: 'storage', go: (page) => page.goto('/admin/storage') },
]

await takePictures()

/** The README's pictures, of the demo. */
async function takePictures(): Promise<void> {
  const home = await makeHome()
  const env = { HOME: home.path, RUNLEDGER_DATA_DIR: join(home.path, 'data') }
  const demo = startCli(['demo', '--days', '3', '--port', '0'], { env })
  const browser = await launchChromium()
  try {
    const [, url = '', key = ''] = await until(() => READY.exec(demo.stdout()), 'the demo', PATIENCE_MS)
    await mkdir(FOLDER, { recursive: true })
    for (const { name, theme = 'light', go } of PICTURES) {
      const viewport = { width: 1280, height: 800 }
      const context = await browser.newContext({
        baseURL: url,
        viewport,
        colorScheme: theme,
        deviceScaleFactor: 1.5,
      })
      const page = await context.newPage()
      await page.goto('/admin/sign-in')
      await signIn(page, key)
      await go(page)
      await page.waitForTimeout(1_000)
      await page.screenshot({ path: join(FOLDER, `${name}.png`) })
      console.log(`.github/pictures/${name}.png`)
      await context.close()
    }
  } finally {
    await browser.close()
    demo.process.kill('SIGTERM')
    await demo.ended
    await home.remove()
  }
}
