import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../support/cli.ts'
import { signedIn } from '../../support/dashboard.ts'
import { must, useApp } from '../v1/steps.ts'
import { attribute, end, HOSTILE, linesOf, print, startRun } from './run-steps.ts'

const at = useApp()
const pathOf = (id: string, rest = '') => `/admin/runs/${id}${rest}`
const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `line ${from + n} of all`)
const idsOf = (html: string) =>
  [...html.matchAll(/class="line[^"]*" id="l(\d+)"/g)].map(([, id]) => Number(id))

describe('the log on the page of a run', () => {
  it('shows its end, and the way to what comes before it', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, numbered(2_000))
    const browser = await signedIn(app)
    const { html, text } = await browser.get(pathOf(held.run.id))
    expect(text).toContain('line 1999 of all')
    expect(text).not.toContain('line 1 of all')
    expect(html.length).toBeLessThan(300_000)
    const from = Number(attribute(html, 'data-from'))
    expect(idsOf(html)[0]).toBe(from)
    expect(html).toContain(`href="/admin/runs/${held.run.id}/log?before=${from}"`)
    const whole = linesOf(held, numbered(2_000))
    expect(Number(attribute(html, 'data-to'))).toBe(whole.length)
  })

  it('reads all of it page by page, each line once, whichever way', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, numbered(2_000))
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const whole = linesOf(held, numbered(2_000))
    const starts = [...whole.matchAll(/^\[/gm)].map(({ index }) => index)
    const back: number[] = []
    let html = (await browser.get(pathOf(held.run.id, '/log'))).html
    for (let from = whole.length; from > 0; ) {
      back.unshift(...idsOf(html))
      from = Number(attribute(html, 'data-from'))
      html = (await browser.get(pathOf(held.run.id, `/log?before=${from}`))).html
    }
    expect(back).toEqual(starts)
    const on: number[] = []
    for (let to = 0; to < whole.length; ) {
      const part = await browser.get(pathOf(held.run.id, `/log/lines?from=${to}`))
      expect(Number(part.headers.get('log-from'))).toBe(to)
      on.push(...idsOf(part.html))
      to = Number(part.headers.get('log-to'))
    }
    expect(on).toEqual(starts)
  })

  it('grows by what is printed, until the run has ended', async () => {
    const app = at()
    const held = await startRun(app)
    const offset = await print(app, held, ['one'])
    const browser = await signedIn(app)
    const lines = (from: number) => browser.get(pathOf(held.run.id, `/log/lines?from=${from}`))
    const none = await lines(offset)
    expect([none.html, none.headers.get('log-over')]).toEqual(['', null])
    const next = await print(app, held, ['two'], offset)
    const two = await lines(offset)
    expect(two.text).toMatch(/10:00:00\.123 two$/)
    expect(two.headers.get('log-to')).toBe(String(next))
    await end(app, held, 'succeed', {})
    expect((await lines(next)).headers.get('log-over')).toBe('true')
  })

  it('has a place for each line, and points out the one that is asked for', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, numbered(3_000))
    const position = linesOf(held, numbered(1_500)).length
    const browser = await signedIn(app)
    const { html, text } = await browser.get(pathOf(held.run.id, `/log?at=${position}`))
    expect(html).toContain(`<div class="line marked" id="l${position}">`)
    expect(html).toContain(`href="/admin/runs/${held.run.id}/log?at=${position}#l${position}"`)
    expect(text).toContain('line 1500 of all')
    expect(text).toContain('Later lines')
    expect(text).not.toContain('line 2999 of all')
  })

  it('shows lines longer than a page, bytes that are no text, and a log of nothing', async () => {
    const app = at()
    const held = await startRun(app)
    const browser = await signedIn(app)
    expect((await browser.get(pathOf(held.run.id))).text).toContain('It has printed nothing yet')
    await print(app, held, ['x'.repeat(50_000), 'after'])
    const { text, status } = await browser.get(pathOf(held.run.id, '/log'))
    expect([status, text.includes('after')]).toEqual([200, true])
    const inside = await browser.get(pathOf(held.run.id, '/log?at=20000'))
    expect(inside.text).toContain('xxxx')
    expect((await browser.get(pathOf(held.run.id, '/log?before=999999999'))).status).toBe(200)
    expect((await browser.get(pathOf(held.run.id, '/log?from=-1'))).status).toBe(422)
  })

  it('is saved as it is kept, or as it was printed', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, ['one', HOSTILE])
    const browser = await signedIn(app)
    const kept = await browser.get(pathOf(held.run.id, '/log/file'))
    expect(kept.html).toBe(linesOf(held, ['one', HOSTILE]))
    expect(kept.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(kept.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await browser.get(pathOf(held.run.id, '/log/file?format=raw'))).html).toBe(`one\n${HOSTILE}\n`)
  })
})

describe('what a program has printed', () => {
  async function shown(...texts: string[]): Promise<string> {
    const app = at()
    const held = await startRun(app)
    await print(app, held, texts)
    const { html } = await (await signedIn(app)).get(pathOf(held.run.id, '/log/lines'))
    return [...html.matchAll(/<span class="text">(.*?)<\/span><\/div>/g)].map(([, text]) => text).join('\n')
  }

  it('is text, whatever it looks like', async () => {
    expect(await shown(`${HOSTILE} &amp; "'`, `\u001b[31m${HOSTILE}`)).toBe(
      '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;amp; &quot;&#39;\n' +
        '<span class="ansi-red">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</span>',
    )
  })

  it('has its colors as classes, also over the ends of lines', async () => {
    expect(await shown('a \u001b[1;32mb\u001b[0m c', '\u001b[44md', 'e\u001b[49mf')).toBe(
      'a <span class="ansi-bold ansi-green">b</span> c\n<span class="ansi-on-blue">d</span>\n<span class="ansi-on-blue">e</span>f',
    )
    expect(await shown('\u001b[38;5;208mx\u001b[38;2;10;250;10my\u001b[0m')).toMatch(
      /^<span class="ansi-[\w-]+">x<\/span><span class="ansi-bright-green">y<\/span>$/,
    )
  })

  it('has nothing else that would move, overwrite or turn around what is seen', async () => {
    expect(
      await shown('10 %\r50 %\r100 %\r', '\u001b]0;title\u0007a\u001b[2Kb\u0008\u0007c', 'x\u202Ey\u0000z'),
    ).toBe('100 %\nabc\nxyz')
    expect(await shown('\u001b[', '\u001b[999999999999m1', '\u001b[38;5m2', '\u001b[;m3', '\t4')).toBe(
      '[\n1\n2\n3\n\t4',
    )
  })

  it('can be read in each of its colors, on each ground, in both themes', async () => {
    const css = await readFile(join(ROOT, 'lib/faces/admin/browser/log.css'), 'utf8')
    const tokens = await readFile(join(ROOT, 'lib/faces/admin/browser/tokens.css'), 'utf8')
    const pairs = (text: string, name: RegExp) =>
      [...text.matchAll(new RegExp(`${name.source}: light-dark\\((#\\w{6}), (#\\w{6})\\)`, 'g'))].map(
        ([, light, dark]) => [must(light), must(dark)] as const,
      )
    const texts = [...pairs(css, / color/), ...pairs(tokens, /--(?:text|dim|warn|accent)/)]
    const grounds = [...pairs(css, / background/), ...pairs(css, /--log/), ...pairs(tokens, /--warn-soft/)]
    expect(texts.length).toBeGreaterThan(18)
    expect(grounds.length).toBeGreaterThan(8)
    for (const theme of [0, 1] as const)
      for (const text of texts)
        for (const ground of grounds)
          expect(
            contrast(text[theme], ground[theme]),
            `${text[theme]} on ${ground[theme]}`,
          ).toBeGreaterThanOrEqual(4.5)
  })
})

describe('searching a log by its page', () => {
  it('finds lines in all of it, with links to them, and goes on', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, [...numbered(150), `the ${HOSTILE} needle`])
    const browser = await signedIn(app)
    const found = await browser.get(pathOf(held.run.id, '/log?q=NEEDLE'))
    expect(found.text).toContain('1 line with “NEEDLE” in the whole log')
    expect(found.html).not.toContain(HOSTILE)
    expect(found.html).toContain('<mark>needle</mark>')
    const position = linesOf(held, numbered(150)).length
    expect(found.html).toContain(`href="/admin/runs/${held.run.id}/log?at=${position}#l${position}"`)
    const many = await browser.get(pathOf(held.run.id, '/log?q=of+all'))
    expect(many.text).toContain('100 lines with “of all”')
    const next = must(/href="([^"]+searchFrom=\d+)"/.exec(many.html)?.[1]).replaceAll('&amp;', '&')
    expect((await browser.get(next)).text).toContain('50 lines with “of all”')
    expect(
      (await browser.get(pathOf(held.run.id, `/log?q=${encodeURIComponent(HOSTILE)}x`))).html,
    ).not.toContain(HOSTILE)
  })
})

describe('a search that is refused', () => {
  it('says so beside the form, with what was typed, and leads on', async () => {
    const app = await at().another({ env: { RATE_LIMIT_SEARCH: '1' } })
    const held = await startRun(app)
    await print(app, held, ['the needle'])
    const browser = await signedIn(app)
    const path = pathOf(held.run.id, '/log?q=needle%22&searchFrom=0')
    let shown = await browser.get(path)
    expect(shown.status).toBe(200)
    // Two may be of two minutes.
    for (let n = 0; n < 3 && shown.status === 200; n++) shown = await browser.get(path)
    expect(shown.status).toBe(429)
    expect(Number(shown.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(shown.text).toMatch(/more than 1 search requests in this minute; try again in \d+ s/)
    expect(shown.html).toContain('role="alert"')
    expect(shown.html).toContain('name="q" value="needle&quot;"')
    expect(shown.html).toContain(`href="/admin/runs/${held.run.id}/log?q=needle%22"`)
    expect((await browser.get(pathOf(held.run.id, '/log'))).text).toContain('the needle')
  })

  it.each(['at=abc', 'before=-1', 'from=1.5'])('says what a position is: %s', async (query) => {
    const app = at()
    const held = await startRun(app)
    const { status, text } = await (await signedIn(app)).get(pathOf(held.run.id, `/log?${query}`))
    expect(status).toBe(422)
    expect(text).toContain(`${query.split('=')[0]}: is a position in the log, in bytes: a whole number`)
    expect(text).not.toContain('expected number')
  })

  it('says what is wrong with the text', async () => {
    const app = at()
    const held = await startRun(app)
    const browser = await signedIn(app)
    const { status, text, html } = await browser.get(pathOf(held.run.id, `/log?q=${'x'.repeat(201)}`))
    expect(status).toBe(422)
    expect(text).toContain('q: ')
    expect(html).toContain('class="log-search"')
  })
})

/** As WCAG 2 has it. */
function contrast(a: string, b: string): number {
  const [one, other] = [luminance(a), luminance(b)]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
