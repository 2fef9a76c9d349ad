import { execFileSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** This machine's Chromium, without a window. Throws what to install where there is none. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: whereIsChromium(), args: FLAGS })
}

function whereIsChromium(): string {
  for (const program of PROGRAMS)
    try {
      return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    } catch {
      // The next one.
    }
  throw new Error('there is no Chromium: .ci/install-chromium.sh installs it')
}
