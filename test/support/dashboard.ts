import type { Hono } from 'hono'
import { expect } from 'vitest'

/** What a page answered. */
export interface Shown {
  status: number
  headers: Headers
  html: string
  /** As a reader sees it: without tags, entities as what they stand for, one space between words. */
  text: string
}

/** A browser without scripts: it keeps cookies, and sends each form with the token of the page before. */
export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Shown>
  /** Sends a form, and goes where it is sent on to. */
  post(path: string, fields?: Fields): Promise<Shown>
  /** The same, and stays: the answer itself. */
  send(path: string, fields?: Fields, headers?: Record<string, string>): Promise<Shown>
  cookies: Map<string, string>
  /** The token that forms of this session carry. */
  csrf(): Promise<string>
}

type Fields = Record<string, string | string[]>

/** A browser that has not signed in. */
export function browserOf(app: Hono): Browser {
  const cookies = new Map<string, string>()
  let token: string | undefined
  const ask = async (path: string, init: RequestInit): Promise<Shown> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
    const answer = await app.request(path, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) keep(cookies, line)
    const html = await answer.text()
    token = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? token
    return { status: answer.status, headers: answer.headers, html, text: textOf(html) }
  }
  const csrf = async () => {
    if (token === undefined) await ask('/admin', {})
    return token ?? expect.fail('a page with a form')
  }
  const send: Browser['send'] = async (path, fields = {}, headers = {}) => {
    const all = Object.entries({ csrf: await csrf(), ...fields })
    const pairs = all.flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams(pairs).toString()
    return await ask(path, { method: 'POST', headers: { ...type, ...headers }, body })
  }
  const get: Browser['get'] = (path, headers = {}) => ask(path, { headers })
  return {
    get,
    send,
    csrf,
    cookies,
    async post(path, fields) {
      const answer = await send(path, fields)
      const next = answer.headers.get('location')
      return answer.status === 303 && next !== null ? await get(next) : answer
    },
  }
}

/** A browser that has signed in by a key; default: the admin's. */
export async function signedIn(app: { app: Hono; admin: string }, key = app.admin): Promise<Browser> {
  const browser = browserOf(app.app)
  await browser.get('/admin/sign-in')
  const answer = await browser.send('/admin/sign-in', { key })
  expect(answer.status, answer.text).toBe(303)
  // The token of the door is not that of the session.
  await browser.get('/admin')
  return browser
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/max-age=0/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'", nbsp: ' ' }

function textOf(html: string): string {
  const body = html.replace(/^.*?<body[^>]*>/s, '')
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replaceAll(/\s+/g, ' ')
    .trim()
}
