// Serves a built output folder the way the platform does. Plain JavaScript without dependencies: it runs on every Node
// that functions run on, from a folder that has no node_modules above it. Usage: node serve-output-child.mjs FOLDER

import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'

const output = process.argv[2]
const bodyLimit = 4.5 * 1024 * 1024
const contentTypes = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

const phases = readPhases()
const files = new Map([...readStatic(), ...readFunctions()])
const loaded = new Map()
const background = new Set()

// What @vercel/functions looks for: waitUntil, attachDatabasePool.
globalThis[Symbol.for('@vercel/request-context')] = { get: () => ({ waitUntil, headers: {}, url: '' }) }

const server = createServer((request, response) => {
  answer(request, response).catch((error) => fail(response, 500, 'FUNCTION_INVOCATION_FAILED', error))
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
// The parent holds stdin open: without it nobody can reach this process any more.
process.stdin.on('end', () => process.exit()).resume()

async function answer(request, response) {
  const path = new URL(request.url, 'http://output').pathname
  const { file, status, headers } = route(path)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (!file)
    return status && status !== 404 ? response.writeHead(status).end() : fail(response, 404, 'NOT_FOUND')
  if (file.static) return serveStatic(request, response, file.static, status)
  const body = await readBody(request)
  if (!body) return fail(response, 413, 'FUNCTION_PAYLOAD_TOO_LARGE')
  const { fetch } = await load(file.function)
  await send(response, await fetch(toRequest(request, body)))
}

/** The phases of config.json in their order: routes before any handle, the file system, its rewrites, at last the error. */
function route(path) {
  const state = { path, headers: {}, status: undefined }
  for (const phase of ['main', 'filesystem', 'rewrite']) {
    if (phase !== 'main' && files.has(state.path)) break
    if (walk(phases[phase] ?? [], state)) break
  }
  if (files.has(state.path) && !(state.status >= 300)) walk(phases.hit ?? [], state)
  else walk(phases.error ?? [], state)
  return { file: files.get(state.path), status: state.status, headers: state.headers }
}

/** True when a route settles the request: it names a file there is, or a status. */
function walk(routes, state) {
  for (const { src, dest, status, headers, check, continue: goOn, caseSensitive } of routes) {
    const match = new RegExp(`^(?:${src})$`, caseSensitive ? '' : 'i').exec(state.path)
    if (!match) continue
    for (const [name, value] of Object.entries(headers ?? {})) state.headers[name] = fill(value, match)
    const target = dest && fill(dest, match)
    if (check && !files.has(target)) continue
    if (target) state.path = target
    if (status) state.status = status
    if (!goOn) return Boolean(status) || files.has(state.path)
  }
  return false
}

function fill(text, match) {
  return text.replace(/\$(\d)/g, (_, group) => match[group] ?? '')
}

function serveStatic(request, response, path, status = 200) {
  if (!['GET', 'HEAD'].includes(request.method)) return fail(response, 405, 'INVALID_REQUEST_METHOD')
  response.writeHead(status, { 'content-type': contentTypes[extname(path)] ?? 'text/plain' })
  response.end(request.method === 'HEAD' ? undefined : readFileSync(path))
}

/** The whole body, as the platform buffers it; nothing when it is too large. */
async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    // Read on: an answer to a client that still sends would be a reset connection.
    if (size <= bodyLimit) chunks.push(chunk)
  }
  return size <= bodyLimit ? Buffer.concat(chunks) : undefined
}

/** As @vercel/node's own launcher: up to five defaults deep, then an object with fetch. */
function load(folder) {
  if (!loaded.has(folder)) loaded.set(folder, importHandler(folder))
  return loaded.get(folder)
}

async function importHandler(folder) {
  const { handler } = JSON.parse(readFileSync(join(folder, '.vc-config.json'), 'utf8'))
  let exported = await import(pathToFileURL(join(folder, handler)))
  for (let depth = 0; depth < 5 && exported.default; depth++) exported = exported.default
  if (typeof exported.fetch !== 'function') throw new Error(`${handler} has no default export with fetch`)
  return { fetch: (request) => exported.fetch(request) }
}

/** A client cannot speak for the platform: its own x-vercel-*, x-forwarded-* and x-real-ip are replaced. */
function toRequest({ method, url, rawHeaders, headers: { host }, socket: { remoteAddress } }, body) {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase()
    if (!/^(x-vercel-|x-forwarded-|x-real-ip$|connection$|transfer-encoding$)/.test(name)) {
      headers.append(name, rawHeaders[at + 1])
    }
  }
  for (const name of ['x-forwarded-for', 'x-real-ip', 'x-vercel-forwarded-for'])
    headers.set(name, remoteAddress)
  headers.set('x-forwarded-host', host)
  headers.set('x-forwarded-proto', 'http')
  headers.set('x-vercel-id', `iad1::iad1::${randomUUID()}`)
  const bodyless = method === 'GET' || method === 'HEAD'
  return new Request(`http://${host}${url}`, { method, headers, body: bodyless ? null : body })
}

async function send(response, { status, statusText, headers, body }) {
  response.statusCode = status
  response.statusMessage = statusText
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.flushHeaders()
  if (!body) return response.end()
  // A client that went away is no error of the function.
  await pipeline(Readable.fromWeb(body), response).catch(
    (error) => response.destroyed || Promise.reject(error),
  )
}

function fail(response, status, code, error) {
  if (error) console.error(error)
  if (response.headersSent) return response.destroy()
  response.writeHead(status, { 'content-type': 'text/plain', 'x-vercel-error': code, connection: 'close' })
  response.end(`${code}\n`)
}

function waitUntil(promise) {
  const settled = Promise.resolve(promise)
    .catch(console.error)
    .finally(() => background.delete(settled))
  background.add(settled)
}

function readPhases() {
  const known = ['src', 'dest', 'status', 'headers', 'check', 'continue', 'caseSensitive', 'handle']
  const phases = { main: [] }
  let phase = 'main'
  for (const route of JSON.parse(readFileSync(join(output, 'config.json'), 'utf8')).routes) {
    const unknown = Object.keys(route).filter((key) => !known.includes(key))
    if (unknown.length > 0) throw new Error(`a route has ${unknown}, which this server does not know`)
    phase = route.handle ?? phase
    phases[phase] ??= []
    if (!route.handle) phases[phase].push(route)
  }
  return phases
}

function readStatic() {
  const folder = join(output, 'static')
  return list(folder).flatMap((path) => named(relative(folder, path), '.html', { static: path }))
}

function readFunctions() {
  const folder = join(output, 'functions')
  const configs = list(folder).filter((path) => path.endsWith('.func/.vc-config.json'.replaceAll('/', sep)))
  return configs.flatMap((path) => {
    const place = join(path, '..')
    return named(relative(folder, place).slice(0, -'.func'.length), '', { function: place })
  })
}

/** A path for each way to ask for the file: `/api/index` is `/api` as well. */
function named(name, extension, file) {
  const path = `/${name.replaceAll(sep, '/')}`
  const index = `/index${extension}`
  const paths = path.endsWith(index) ? [path, path.slice(0, -index.length) || '/'] : [path]
  return paths.map((each) => [each, file])
}

function list(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
}
