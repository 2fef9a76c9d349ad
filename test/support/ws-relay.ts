import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createWebSocketStream, WebSocketServer } from 'ws'

export interface WsRelay {
  /** `host:port`, as the Neon driver's `wsProxy` wants it. */
  address: string
  close(): Promise<void>
}

/** Carries each WebSocket connection, whatever its path, to a TCP connection of its own to `target`. */
export async function startWsRelay(target: { host: string; port: number }): Promise<WsRelay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    const client = createWebSocketStream(socket)
    const upstream = connect({ ...target, noDelay: true })
    client.pipe(upstream).pipe(client)
    for (const [side, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      side.on('error', () => other.destroy())
      side.on('close', () => other.destroy())
    }
  })
  await once(server, 'listening')
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => close(server) }
}

async function close(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.terminate()
  await new Promise((closed) => server.close(closed))
}
