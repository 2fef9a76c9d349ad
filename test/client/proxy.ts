import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a proxy does with one request instead of passing it on. */
export type Whim = (
  request: IncomingMessage,
  response: ServerResponse,
) => 'pass' | 'swallow the answer' | 'done'

/** A real proxy before a real server, which may lose answers, hang up, or be gone. */
export interface OddProxy {
  url: string
  /** `POST /path` of each request that came. */
  requests: string[]
  /** From now on. */
  whim: Whim
  /** Ends every connection and takes no new one, until `comeBack`. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** Breaks off what is under way. */
  hangUp(): void
  close(): Promise<void>
}

export async function startProxy(target: string): Promise<OddProxy> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    const whim = proxy.whim(request, response)
    if (whim === 'done') return
    const { method, headers } = request
    const onward = forward(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
      if (whim === 'swallow the answer') {
        answer.resume().once('end', () => response.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const goAway = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const proxy: OddProxy = {
    url: `http://127.0.0.1:${port}`,
    requests,
    whim: () => 'pass',
    goAway,
    comeBack: async () => void (await listen(port)),
    hangUp: () => server.closeAllConnections(),
    close: async () => {
      if (server.listening) await goAway()
    },
  }
  return proxy
}
