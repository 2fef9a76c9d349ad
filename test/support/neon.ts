import { neonConfig } from '@neondatabase/serverless'

/** Makes the Neon driver reach any plain Postgres through a WebSocket relay at `host:port`. */
export function useNeonRelay(relay: string): void {
  neonConfig.wsProxy = () => relay
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  neonConfig.coalesceWrites = false
}
