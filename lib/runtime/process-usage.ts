/** What this process takes: memory now, time of a processor since its start. */
export function processUsage(): { memoryBytes: number; cpuMs: number } {
  const { user, system } = process.cpuUsage()
  return { memoryBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 }
}
