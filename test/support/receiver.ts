import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that has arrived whole. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A real HTTP server on this machine that notes what it is sent. */
export interface Receiver {
  port: number
  url: string
  received: Received[]
  /** How many connections were made to it. */
  connections(): number
  /** What it answers from now on: a status, or whatever is done with the response. */
  answer(how: number | ((response: ServerResponse, request: Received) => void)): void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let connections = 0
  let respond = (response: ServerResponse, _request: Received): void => {
    response.writeHead(200).end('ok')
  }
  const server = createServer(async (request, response) => {
    // Whoever goes away in the middle is no matter of the server's.
    response.on('error', () => {})
    try {
      const one = { path: request.url ?? '', headers: request.headers, body: await text(request) }
      received.push(one)
      respond(response, one)
    } catch {
      response.destroy()
    }
  })
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    received,
    connections: () => connections,
    answer(how) {
      respond = typeof how === 'number' ? (response) => void response.writeHead(how).end('answer') : how
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
