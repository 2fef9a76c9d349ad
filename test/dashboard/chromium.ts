import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launchChromium } from './launch-chromium.ts'
import { signIn } from './sign-in.ts'

/** Somebody at a window. */
export interface Reader {
  page: Page
  context: BrowserContext
}

export interface ReaderOptions {
  url: string
  /** Signs in by it; none: is at the door. */
  key?: string
  width?: number
  theme?: 'light' | 'dark'
  scripts?: boolean
  zone?: string
}

/** One Chromium for the tests of a file; `takeFaults` has what its pages complained of. */
export function useChromium(): (options: ReaderOptions) => Promise<Reader> {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  return async (options) => await read(browser ?? expect.fail('a browser'), options)
}

async function read(
  browser: Browser,
  { url, key, width = 1440, theme = 'light', scripts = true, zone = 'Europe/Berlin' }: ReaderOptions,
): Promise<Reader> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: 900 },
    colorScheme: theme,
    javaScriptEnabled: scripts,
    timezoneId: zone,
    locale: 'en-GB',
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (said) => {
    // A status that a page answers on purpose is told there, too.
    if (said.type() === 'error' && !/status of 4\d\d/.test(said.text())) faults.push(said.text())
  })
  await page.goto('/admin/sign-in')
  if (key !== undefined) await signIn(page, key)
  return { page, context }
}

const faults: string[] = []

/** What scripts threw, and what the pages' policy refused, since this was last asked. */
export const takeFaults = (): string[] => faults.splice(0)

/** A second window of the same browser, as somebody else. */
export async function signedInAgain({ context }: Reader, key: string): Promise<Reader> {
  const browser = context.browser() ?? expect.fail('a browser')
  const { origin } = new URL(context.pages()[0]?.url() ?? '')
  return await read(browser, { url: origin, key })
}
