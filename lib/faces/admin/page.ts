import type { Context as HonoContext } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Scope } from '../../ports/actor.ts'
import type { Context } from '../../ports/context.ts'
import type { Section } from './paths.ts'
import type { Reader } from './reader.ts'

/** What `html` makes: text that is escaped where it has to be. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** A page as data: where it is, who may see it, and what it shows or does. */
export interface Page {
  /** A `post` is a form that somebody sent: its CSRF token has been checked. */
  method: 'get' | 'post'
  /** Such as `/admin/runs/{id}`. */
  path: string
  /** The scope of the verbs it calls, which check it; here for the navigation and the tests. */
  scope: Scope
  handler: (call: PageCall) => Promise<View | Response>
  /** Whether what it shows may change by itself: no other is made anew for `/admin/live`. */
  isLive?: true
}

/** One request of somebody who is signed in. */
export interface PageCall {
  c: HonoContext
  ctx: Context
  params: Record<string, string>
  query: Record<string, string>
  /** What the form holds; a name that is there several times has all its values in `all`. */
  form: Form
  reader: Reader
}

/** The fields of a form, each as text. */
export interface Form {
  /** Undefined where it is not there or empty. */
  get(name: string): string | undefined
  all(name: string): string[]
}

/** What a page shows. */
export interface View {
  /** Also of the window, with what is behind it: `Runs`. */
  title: string
  section: Section
  body: Html
  /** Default: 200. */
  status?: ContentfulStatusCode
  /** Of a page that is live: seconds after which it looks whether something has changed; none: it stays as it is. */
  refresh?: number
  /** Where it looks, if not at itself: a page with the parts that change, and the others as they are called, empty, with `data-keep`. */
  live?: string
}
